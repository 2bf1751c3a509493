// Makes pictures off the page's own thread: the graphs of the generator, then the enlarger. The newest wish counts.
"use strict";
const REST = 120; // ms without a wish before a picture is enlarged
let ort, about, layers, mapping = null, generator, enlarger = [], wanted = null, working = false, wake = null, noise = { seed: null };

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
    const along = about.directions[k].vector;
    if (amount) for (let i = 0; i < vector.length; i++) vector[i] += amount * along[i % along.length];
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

function answer(asked, made, start) {
  const [, channels, height, width] = made.dims, area = height * width, pixels = new Uint8ClampedArray(area * 4);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = made.data[Math.min(c, channels - 1) * area + i];
    pixels[4 * i + 3] = 255;
  }
  postMessage({ number: asked.number, width, height, pixels, took: performance.now() - start }, [pixels.buffer]);
}

async function enlarged(picture) { // layer by layer; null: there is a newer wish
  let known = null;
  for (let k = 0; k < enlarger.length; k++) {
    if (typeof enlarger[k] === "string") enlarger[k] = await open(enlarger[k]); // at the first rest
    known ??= { [enlarger[0].inputNames[0]]: picture };
    await pause(0);
    if (wanted) return null;
    known = { ...known, ...await enlarger[k].run(Object.fromEntries(enlarger[k].inputNames.map((name) => [name, known[name]]))) };
  }
  return known[enlarger.at(-1).outputNames[0]];
}

const pause = (ms) => new Promise((done) => { wake = done; setTimeout(done, ms); }); // or until the next wish
async function work() {
  working = true;
  while (wanted) {
    const asked = wanted, start = performance.now();
    wanted = null;
    try {
      const made = await small(asked);
      answer(asked, made, start);
      await pause(enlarger.length ? REST : 0);
      const large = wanted || !enlarger.length ? null : await enlarged(made);
      if (large) answer(asked, large, start);
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
