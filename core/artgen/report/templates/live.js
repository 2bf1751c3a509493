// Starts the generator that lies in the page. Where anything goes wrong the page stays what it is without it.
"use strict";
globalThis.artgenAwake(async (canShow) => {
  const text = (id) => document.getElementById(id).textContent;
  const about = JSON.parse(text("live")), parts = Object.fromEntries(about.parts.map((name) => [name, text(`live-${name}`)]));
  const worker = new Worker(URL.createObjectURL(new Blob([text("live-worker")], { type: "text/javascript" })));
  const steps = await new Promise((done, failed) => {
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => (data.ready ? done(data.steps) : failed(new Error(data.wrong)));
    worker.postMessage({ parts, record: about.record, depth: about.layers });
  });
  for (const [name, start, end] of steps) performance.measure(`artgen ${name}`, { start: start - performance.timeOrigin, end: end - performance.timeOrigin });
  let number = 0, shown = 0;
  worker.onmessage = ({ data }) => {
    if (data.wrong) { console.warn(data.wrong); return; }
    if (data.number < shown) return; // of before
    shown = data.number;
    if (data.samples) {
      const louder = Math.min(about.gain, 1 / data.samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9));
      canShow({ ...data, samples: data.samples.map((value) => value * louder) });
    } else {
      const { width, height, pixels } = data, size = width * height * 4;
      const frames = Array.from({ length: data.frames }, (_, k) => new ImageData(pixels.subarray(k * size, (k + 1) * size), width, height));
      canShow({ ...data, frames, fps: about.record.work.fps });
    }
  };
  return {
    classes: about.record.classes,
    directions: about.record.directions.map((row) => row.name),
    medium: about.record.work.medium,
    draw: (place, moves, title) => worker.postMessage({ place, moves, title, number: ++number }),
    forget: () => { shown = number + 1; }, // what was asked for until now is not shown
  };
});
