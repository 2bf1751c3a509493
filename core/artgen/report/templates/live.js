// Starts the generator that lies in the page. Where anything goes wrong the page stays what it is without it.
"use strict";
globalThis.artgenLive = async (canPaint) => {
  const text = (id) => document.getElementById(id).textContent;
  const about = JSON.parse(text("live"));
  const unpack = async (id) => {
    const packed = Uint8Array.from(atob(text(id)), (sign) => sign.charCodeAt(0));
    return new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  };
  const parts = Object.fromEntries(await Promise.all(about.parts.map(async (name) => [name, await unpack(`live-${name}`)])));
  const worker = new Worker(URL.createObjectURL(new Blob([text("live-worker")], { type: "text/javascript" })));
  await new Promise((done, failed) => {
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => (data.ready ? done() : failed(new Error(data.wrong)));
    worker.postMessage({ parts, record: about.record, depth: about.layers });
  });
  let busy = false, wanted = null, number = 0, rest = 0;
  const next = () => { if (!busy && wanted) { busy = true; worker.postMessage(wanted); wanted = null; } };
  worker.onmessage = ({ data }) => {
    busy = false;
    if (data.wrong) console.warn(data.wrong);
    else if (data.number === number) canPaint(new ImageData(data.pixels, data.width, data.height), data.took);
    next();
  };
  const ask = (place, moves, fine) => { wanted = { place, moves, fine, number: ++number }; next(); };
  const fine = about.parts.includes("enlarge");
  return {
    classes: about.record.classes,
    // the newest wish counts; the enlarged picture follows when nothing is moved any more
    draw(place, moves) {
      clearTimeout(rest);
      ask(place, moves, false);
      if (fine) rest = setTimeout(() => ask(place, moves, true), 160);
    },
  };
};
