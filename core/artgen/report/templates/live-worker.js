// Makes pictures off the page's own thread: what a seed draws, the graphs of the generator, the enlarger.
"use strict";
let ort, about, layers, sessions;

// The standard normal numbers of a seed, as PyTorch draws them on a CPU (MT19937, Box and Muller).
class Draws {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = Number(BigInt(seed) & 0xffffffffn);
    for (let i = 1; i < 624; i++) { const before = this.state[i - 1]; this.state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i; }
    this.at = 624;
    this.second = null;
  }
  raw() {
    const s = this.state;
    if (this.at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (s[i] & 0x80000000) | (s[(i + 1) % 624] & 0x7fffffff);
        s[i] = s[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let y = s[this.at++];
    y ^= y >>> 11; y ^= (y << 7) & 0x9d2c5680; y ^= (y << 15) & 0xefc60000; y ^= y >>> 18;
    return y >>> 0;
  }
  fine() { const high = this.raw() & 0x1fffff, low = this.raw(); return (high * 4294967296 + low) / 9007199254740992; }
  one() {
    if (this.second !== null) { const kept = this.second; this.second = null; return kept; }
    const turn = 2 * Math.PI * this.fine(), length = Math.sqrt(-2 * Math.log1p(-this.fine()));
    this.second = length * Math.sin(turn);
    return length * Math.cos(turn);
  }
  normal(shape) {
    const count = shape.reduce((a, b) => a * b, 1), out = new Float32Array(count);
    if (count < 16) { for (let i = 0; i < count; i++) out[i] = this.one(); return out; }
    const uniform = (i) => { out[i] = (this.raw() & 0xffffff) / 16777216; };
    const pairs = (from) => {
      for (let i = from; i < from + 8; i++) {
        const length = Math.sqrt(-2 * Math.log(1 - out[i])), turn = 2 * Math.PI * out[i + 8];
        out[i] = length * Math.cos(turn); out[i + 8] = length * Math.sin(turn);
      }
    };
    for (let i = 0; i < count; i++) uniform(i);
    for (let i = 0; i + 16 <= count; i += 16) pairs(i);
    if (count % 16) { for (let i = count - 16; i < count; i++) uniform(i); pairs(count - 16); }
    return out;
  }
}

const tensor = (data, shape) => new ort.Tensor("float32", data, [1, ...shape]);
async function run(session, feed) {
  const taken = Object.fromEntries(session.inputNames.map((name) => [name, feed[name]]));
  return (await session.run(taken))[session.outputNames[0]];
}

async function begin({ parts, record, depth }) {
  about = record; layers = depth;
  const address = URL.createObjectURL(new Blob([parts.loader], { type: "text/javascript" }));
  ort = await import(address);
  URL.revokeObjectURL(address);
  ort.env.wasm.wasmBinary = parts.runtime; // nothing is fetched
  ort.env.wasm.numThreads = 1; // more need a page of its own origin, which a file has not
  sessions = {};
  for (const name of ["mapping", "synthesis", "generator", "enlarge"]) if (parts[name]) sessions[name] = await ort.InferenceSession.create(parts[name], { executionProviders: ["wasm"] });
}

async function latent(draws, place) { // z is drawn always, as the noises come after it
  const z = draws.normal([about.latent]), count = about.classes.length;
  if (place.vector) return place.vector.slice();
  if (!sessions.mapping) return z.map((value) => value * place.truncation);
  const condition = new Float32Array(count);
  if (count) condition[place.label] = 1;
  const w = (await run(sessions.mapping, { z: tensor(z, [z.length]), condition: tensor(condition, [count]) })).data;
  const mean = about.truncation[count ? place.label : 0];
  return Float32Array.from(w, (value, i) => mean[i] + place.truncation * (value - mean[i]));
}

async function draw({ place, moves, fine }) {
  const draws = new Draws(place.seed), vector = await latent(draws, place), count = about.classes.length;
  moves.forEach((amount, k) => {
    const along = about.directions[k].vector;
    if (amount) for (let i = 0; i < vector.length; i++) vector[i] += amount * along[i % along.length];
  });
  const feed = {}, condition = new Float32Array(count);
  if (count) condition[place.label] = 1;
  for (const { name, shape, holds } of about.graphs.at(-1).inputs) {
    if (holds === "noise") feed[name] = tensor(draws.normal(shape), shape);
    else if (holds === "classes") feed[name] = tensor(condition, shape);
    else if (holds === "latent" || vector.length === shape[0] * shape[1]) feed[name] = tensor(vector, shape);
    else { const all = new Float32Array(shape[0] * shape[1]); for (let i = 0; i < shape[0]; i++) all.set(vector, i * shape[1]); feed[name] = tensor(all, shape); }
  }
  let made = await run(sessions.synthesis ?? sessions.generator, feed);
  if (fine && sessions.enlarge) made = await run(sessions.enlarge, { [sessions.enlarge.inputNames[0]]: made });
  const [, channels, height, width] = made.dims, area = height * width, pixels = new Uint8ClampedArray(area * 4);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = made.data[Math.min(c, channels - 1) * area + i];
    pixels[4 * i + 3] = 255;
  }
  return { width, height, pixels };
}

onmessage = async ({ data: asked }) => {
  try {
    if (asked.parts) { await begin(asked); postMessage({ ready: true }); return; }
    const start = performance.now(), made = await draw(asked);
    postMessage({ ...made, number: asked.number, took: performance.now() - start }, [made.pixels.buffer]);
  } catch (error) { postMessage({ number: asked.number, wrong: String(error) }); }
};
