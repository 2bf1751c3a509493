// A sound that sets the pace of something: loud is fast, and an onset gives a push.

const LARGEST = 2 ** 27, RATE = 50; // bytes of a file; levels a second
let shared = null;

export class Drive {
  #buffer; #levels; #source = null; #began = 0;

  /** Of a sound file. Throws an Error that says why it cannot be used. */
  static async of(file) {
    if (file.size > LARGEST) throw new Error("This sound is larger than 128 MiB.");
    shared ??= new AudioContext();
    let buffer;
    try {
      buffer = await shared.decodeAudioData(await file.arrayBuffer());
    } catch {
      throw new Error(`${file.name} cannot be read as sound.`);
    }
    return new Drive(buffer);
  }

  constructor(buffer) {
    this.#buffer = buffer;
    this.#levels = levels(buffer.getChannelData(0), buffer.sampleRate);
  }

  get #at() { return this.#source ? shared.currentTime - this.#began : 0; }
  get over() { return this.#at > this.#buffer.duration; }

  /** How fast now: 0.15 where nothing sounds, about 2 where it is loud. */
  get pace() { return this.#levels[Math.min(this.#levels.length - 1, Math.floor(this.#at * RATE))] ?? 0.15; }

  start() {
    this.stop();
    shared.resume();
    this.#source = shared.createBufferSource();
    this.#source.buffer = this.#buffer;
    this.#source.connect(shared.destination);
    this.#source.start();
    this.#began = shared.currentTime;
  }

  stop() {
    this.#source?.stop();
    this.#source = null;
  }
}

/** Paces from samples in [-1, 1], RATE a second: loudness against the loudest tenth, and its sudden rises. */
export function levels(wave, rate) {
  const size = Math.max(1, Math.round(rate / RATE)), n = Math.max(1, Math.floor(wave.length / size));
  const loud = Float32Array.from({ length: n }, (_, k) => {
    let sum = 0;
    for (let i = k * size, end = Math.min(wave.length, i + size); i < end; i++) sum += wave[i] ** 2;
    return Math.sqrt(sum / size);
  });
  const top = loud.toSorted()[Math.floor(n * 0.9)] || 1;
  return loud.map((value, k) => 0.15 + Math.min(1.5, value / top) + Math.max(0, value - (loud[k - 1] ?? value)) / top);
}
