// Makes works off the page's own thread: the graphs of the generator, then the enlarger or the phases of a sound. The newest wish counts.
"use strict";
const REST = 120; // ms without a wish before a picture is enlarged
let ort, about, layers, sounds, mapping = null, generator, enlarger = [], wanted = null, working = false, wake = null, noise = { seed: null };

const steps = [];
async function timed(name, work) { // how long a part of the beginning took, for the page's own clock
  const start = performance.timeOrigin + performance.now(), made = await work();
  steps.push([name, start, performance.timeOrigin + performance.now()]);
  return made;
}

function bytes(text) { // of base64
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const signs = atob(text), found = new Uint8Array(signs.length);
  for (let i = 0; i < signs.length; i++) found[i] = signs.charCodeAt(i);
  return found;
}
async function unpack(text) { // gzip in base64
  const opened = new DecompressionStream("gzip"), writer = opened.writable.getWriter();
  writer.write(bytes(text));
  writer.close();
  return new Uint8Array(await new Response(opened.readable).arrayBuffer());
}
const open = async (text) => ort.InferenceSession.create(await unpack(text), { executionProviders: ["wasm"] });

async function begin({ parts, record, depth }) {
  about = record; layers = depth;
  if (record.work.medium === "sound") sounds = new Sounds(record.work);
  const loader = await unpack(parts.loader), address = URL.createObjectURL(new Blob([loader], { type: "text/javascript" }));
  ort = await timed("load", () => import(address));
  URL.revokeObjectURL(address);
  ort.env.wasm.wasmBinary = await timed("unpack", () => unpack(parts.runtime)); // nothing is fetched
  ort.env.wasm.numThreads = 1; // more need a page of its own origin, which a file has not
  if (parts.mapping) mapping = await timed("compile", () => open(parts.mapping));
  generator = await timed("open", () => open(parts.synthesis ?? parts.generator));
  await timed("first", () => small({ place: { seed: "0", label: 0, truncation: 1 }, moves: [] }));
  enlarger = Object.keys(parts).filter((name) => name.startsWith("enlarge-")).map((name) => parts[name]);
}

const tensor = (data, shape) => new ort.Tensor("float32", data, [1, ...shape]);
async function run(session, feed) {
  const taken = Object.fromEntries(session.inputNames.map((name) => [name, feed[name]]));
  return (await session.run(taken))[session.outputNames[0]];
}

function drawn(seed) { // z, then every noise, kept while the seed stays
  if (noise.seed !== seed) {
    const draws = new Draws(seed);
    noise = { seed, z: draws.normal([about.latent]) };
    for (const { name, shape, holds } of about.graphs.at(-1).inputs) if (holds === "noise") noise[name] = draws.normal(shape);
  }
  return noise;
}
async function latent(place, condition) {
  const z = drawn(place.seed).z;
  if (place.vector) return place.vector.slice();
  if (!mapping) return z.map((value) => value * place.truncation);
  const w = (await run(mapping, { z: tensor(z, [z.length]), condition: tensor(condition, [condition.length]) })).data;
  const mean = about.truncation[condition.length ? place.label : 0];
  return Float32Array.from(w, (value, i) => mean[i] + place.truncation * (value - mean[i]));
}

async function small({ place, moves }) {
  const count = about.classes.length, condition = new Float32Array(count);
  if (count) condition[place.label] = 1;
  const vector = await latent(place, condition);
  moves.forEach((amount, k) => {
    const along = about.directions[k]?.vector;
    if (amount && along) for (let i = 0; i < vector.length; i++) vector[i] += amount * along[i % along.length];
  });
  const feed = {}, noises = drawn(place.seed);
  for (const { name, shape, holds } of about.graphs.at(-1).inputs) {
    if (holds === "noise") feed[name] = tensor(noises[name], shape);
    else if (holds === "classes") feed[name] = tensor(condition, shape);
    else if (holds === "latent" || vector.length === shape[0] * shape[1]) feed[name] = tensor(vector, shape);
    else { const all = new Float32Array(shape[0] * shape[1]); for (let i = 0; i < shape[0]; i++) all.set(vector, i * shape[1]); feed[name] = tensor(all, shape); }
  }
  return run(generator, feed);
}

function colored(made) { // planes [c, (t,) h, w] to the pixels of a canvas, frame after frame
  const dims = made.dims.slice(1), [height, width] = dims.slice(-2), channels = dims[0], area = height * width, frames = dims.length > 3 ? dims[1] : 1;
  const pixels = new Uint8ClampedArray(frames * area * 4);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < area; i++) {
      const to = 4 * (t * area + i);
      for (let c = 0; c < 3; c++) pixels[to + c] = made.data[(Math.min(c, channels - 1) * frames + t) * area + i];
      pixels[to + 3] = 255;
    }
  }
  return { width, height, frames, pixels };
}
async function answer(asked, made, start) {
  let found;
  if (sounds) {
    const samples = await sounds.of(made.data, made.dims[2], async () => { await turn(); return wanted; });
    if (!samples) return;
    found = { samples, rate: sounds.rate };
  } else found = colored(made);
  postMessage({ ...found, number: asked.number, title: asked.title, took: performance.now() - start }, [(found.samples ?? found.pixels).buffer]);
}

async function enlarged(picture) { // layer by layer; null: there is a newer wish
  let known = null;
  for (let k = 0; k < enlarger.length; k++) {
    if (typeof enlarger[k] === "string") enlarger[k] = await open(enlarger[k]); // at the first rest
    known ??= { [enlarger[0].inputNames[0]]: picture };
    await turn();
    if (wanted) return null;
    known = { ...known, ...await enlarger[k].run(Object.fromEntries(enlarger[k].inputNames.map((name) => [name, known[name]]))) };
  }
  return known[enlarger.at(-1).outputNames[0]];
}

const channel = new MessageChannel(); // a turn of the others without the 4 ms that timers wait
const turn = () => new Promise((done) => { channel.port1.onmessage = done; channel.port2.postMessage(0); });
const pause = (ms) => new Promise((done) => { wake = done; setTimeout(done, ms); }); // or until the next wish
async function work() {
  working = true;
  while (wanted) {
    const asked = wanted, start = performance.now();
    wanted = null;
    try {
      const made = await small(asked);
      await answer(asked, made, start);
      await (enlarger.length ? pause(REST) : turn());
      const large = wanted || !enlarger.length ? null : await enlarged(made);
      if (large) await answer(asked, large, start);
    } catch (error) { postMessage({ number: asked.number, wrong: String(error) }); }
  }
  working = false;
}

onmessage = async ({ data: asked }) => {
  if (asked.parts) {
    try { await begin(asked); postMessage({ ready: true, steps }); } catch (error) { postMessage({ wrong: String(error) }); }
    return;
  }
  wanted = asked;
  wake?.();
  if (!working) work();
};
