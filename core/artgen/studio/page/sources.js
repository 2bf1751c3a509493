// What comes from outside: a microphone, a sound file, a radio, MIDI, a gamepad. Each value is in [0, 1].

const BANDS = { bass: [40, 200], mid: [200, 2000], high: [2000, 8000] }; // Hz
const LOUD = 0.25; // root mean square that counts as full
const QUIETEST = -70, LOUDEST = -10; // dB of a band that count as nothing and as full
const LARGEST = 2 ** 27; // bytes of a sound file
const NO_MICROPHONE = {
  NotAllowedError: "The browser does not let this page hear the microphone. Allow it beside the address of the page, then press Microphone again.",
  NotFoundError: "No microphone was found. Connect one, then press Microphone again.",
  NotReadableError: "The microphone cannot be heard: another program may be using it.",
};
let shared = null;
export const audio = () => (shared ??= new AudioContext());

/** Levels, bands and onsets of whatever is connected to `node`. */
export class Ear {
  #data = null; #bins = null; #before = 0; #mean = 0; #onset = 0;

  constructor() {
    this.node = audio().createAnalyser();
    this.node.fftSize = 2048; // 43 ms: bins narrow enough to part bass from what is above it
    this.node.smoothingTimeConstant = 0;
    this.#data = new Float32Array(this.node.fftSize);
    this.#bins = new Float32Array(this.node.frequencyBinCount);
  }

  /** `[source, value]` of this moment. */
  read() {
    this.node.getFloatTimeDomainData(this.#data);
    this.node.getFloatFrequencyData(this.#bins);
    const level = Math.min(1, Math.sqrt(this.#data.reduce((sum, v) => sum + v * v, 0) / this.#data.length) / LOUD);
    const found = [["sound/level", level]];
    const hertz = audio().sampleRate / this.node.fftSize;
    for (const [name, [low, high]] of Object.entries(BANDS)) {
      // The power of the whole band: a mean over its bins would hardly hear one tone among the hundreds of the treble.
      const part = this.#bins.subarray(Math.ceil(low / hertz), Math.ceil(high / hertz));
      const power = part.reduce((sum, decibels) => sum + 10 ** (decibels / 10), 0);
      const value = (10 * Math.log10(power) - QUIETEST) / (LOUDEST - QUIETEST);
      found.push([`sound/${name}`, Math.max(0, Math.min(1, value))]);
    }
    const rise = Math.max(0, level - this.#before);
    this.#onset = rise > 0.04 && rise > 3 * this.#mean ? 1 : this.#onset * 0.85;
    this.#mean = this.#mean * 0.95 + rise * 0.05;
    this.#before = level;
    return [...found, ["sound/onset", this.#onset]];
  }
}

export class Sources extends EventTarget {
  #stop = null; #midi = null; #buttons = new Map();
  ear = null;

  #tell(source, value) { this.dispatchEvent(new CustomEvent("value", { detail: { source, value } })); }

  /** Hear a node of Web Audio; `stop` is called when another takes its place. */
  hear(node, stop) {
    this.silence();
    this.ear ??= new Ear();
    node.connect(this.ear.node);
    this.#stop = () => { node.disconnect(this.ear.node); stop(); };
    audio().resume();
  }

  /** Nothing is heard any more. */
  silence() {
    this.#stop?.();
    this.#stop = null;
  }

  get hears() { return this.#stop !== null; }

  async microphone() {
    if (!navigator.mediaDevices) throw new Error("This browser gives no microphone to a page.");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    } catch ({ name }) {
      throw new Error(NO_MICROPHONE[name] ?? `The microphone cannot be heard (${name}).`);
    }
    this.hear(audio().createMediaStreamSource(stream), () => stream.getTracks().forEach((track) => track.stop()));
    stream.getAudioTracks()[0].onended = () => { this.silence(); this.dispatchEvent(new Event("gone")); }; // unplugged, or taken back
  }

  /** Play a sound file, over and over. */
  async file(file) {
    if (file.size > LARGEST) throw new Error("This sound is larger than 128 MiB.");
    let buffer;
    try {
      buffer = await audio().decodeAudioData(await file.arrayBuffer());
    } catch {
      throw new Error(`${file.name} cannot be read as sound.`);
    }
    const source = audio().createBufferSource();
    Object.assign(source, { buffer, loop: true });
    source.connect(audio().destination);
    this.hear(source, () => source.stop());
    source.start();
  }

  /** Knobs, notes and bends of every MIDI device; how many there are. */
  async midi() {
    if (!navigator.requestMIDIAccess) throw new Error("This browser has no Web MIDI; Chrome, Edge and Firefox have.");
    try {
      this.#midi = await navigator.requestMIDIAccess();
    } catch {
      throw new Error("The browser did not let the page use MIDI.");
    }
    const listen = () => { for (const input of this.#midi.inputs.values()) input.onmidimessage = ({ data }) => this.#message(data); };
    this.#midi.onstatechange = listen;
    listen();
    return this.#midi.inputs.size;
  }

  #message([status, first, second]) {
    const channel = (status & 15) + 1, kind = status >> 4;
    if (kind === 11) this.#tell(`midi/cc/${channel}/${first}`, second / 127);
    else if (kind === 9 || kind === 8) this.#tell(`midi/note/${channel}/${first}`, kind === 9 ? second / 127 : 0);
    else if (kind === 14) this.#tell(`midi/bend/${channel}`, (second * 128 + first) / 16383);
  }

  /** Ask what has no events of its own: the ear and gamepads. */
  poll() {
    if (this.hears) for (const [source, value] of this.ear.read()) this.#tell(source, value);
    for (const pad of navigator.getGamepads?.() ?? []) {
      if (!pad) continue;
      const found = [...pad.axes.map((v, k) => [`gamepad/axis/${k}`, (v + 1) / 2]), ...pad.buttons.map((b, k) => [`gamepad/button/${k}`, b.value])];
      for (const [source, value] of found) {
        if (this.#buttons.get(source) === value) continue;
        if (this.#buttons.has(source)) this.#tell(source, value);
        this.#buttons.set(source, value);
      }
    }
  }

  close() {
    this.silence();
    if (this.#midi) for (const input of this.#midi.inputs.values()) input.onmidimessage = null;
  }
}
