// Starts the generator that lies in the page. Where anything goes wrong the page stays what it is without it.
"use strict";
globalThis.artgenAwake(async (canPaint) => {
  const text = (id) => document.getElementById(id).textContent;
  const about = JSON.parse(text("live")), parts = Object.fromEntries(about.parts.map((name) => [name, text(`live-${name}`)]));
  const worker = new Worker(URL.createObjectURL(new Blob([text("live-draws"), text("live-worker")], { type: "text/javascript" })));
  const steps = await new Promise((done, failed) => {
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => (data.ready ? done(data.steps) : failed(new Error(data.wrong)));
    worker.postMessage({ parts, record: about.record, depth: about.layers });
  });
  for (const [name, start, end] of steps) performance.measure(`artgen ${name}`, { start: start - performance.timeOrigin, end: end - performance.timeOrigin });
  let number = 0;
  worker.onmessage = ({ data }) => {
    if (data.wrong) console.warn(data.wrong);
    else if (data.number === number) canPaint(new ImageData(data.pixels, data.width, data.height), data.took);
  };
  return { classes: about.record.classes, draw: (place, moves) => worker.postMessage({ place, moves, number: ++number }) };
});
