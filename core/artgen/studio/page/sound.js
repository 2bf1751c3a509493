// Sound on the page: waveform and spectrogram, gapless loops, changes that are cross-faded instead of cut.

import { h } from "./dom.js";
import { spectrogram } from "./spectrum.js";

const FADE = 0.08; // seconds
let shared = null;
const context = () => (shared ??= new AudioContext());

export class SoundStage {
  #buffer = null; #playing = null; #loop = false; #timer = 0; #gate = 0;
  #wanted = false;
  #wave = h("canvas", { role: "img", width: 1000, height: 150 });
  #bands = h("canvas", { class: "bands", "aria-hidden": "true", width: 1000, height: 220 });
  #head = h("div", { class: "playhead" });
  #button = h("button", { type: "button", class: "round", onclick: () => this.toggle() }, "Play");
  #seek = h("input", { type: "range", min: "0", max: "1", step: "0.01", value: "0", "aria-label": "Moment of the piece",
    oninput: () => this.#jump(Number(this.#seek.value)) });
  #time = h("output", { class: "figure" });
  #area = h("div", { class: "sound", onpointerdown: (event) => this.#point(event) }, this.#bands, this.#wave, this.#head);
  element = h("div", { class: "stage-work" }, this.#area, h("div", { class: "transport" }, this.#button, this.#seek, this.#time));

  show({ head, data }) {
    const samples = new Int16Array(data.buffer, data.byteOffset, head.frames * head.channels);
    const buffer = new AudioBuffer({ length: Math.max(1, head.frames), numberOfChannels: head.channels, sampleRate: head.rate });
    for (let c = 0; c < head.channels; c++) {
      const channel = buffer.getChannelData(c);
      for (let i = 0; i < head.frames; i++) channel[i] = samples[i * head.channels + c] / 32768;
    }
    this.#buffer = buffer;
    this.#loop = head.loop;
    this.#seek.max = String(buffer.duration);
    this.#draw();
    if (this.#wanted) this.#start(this.#playing ? this.#at % buffer.duration : 0);
    this.#show();
  }

  toggle() {
    this.#wanted = !this.#wanted;
    if (this.#wanted) this.#start(0); else this.#stop();
    this.#show();
  }

  describe(text) { this.#wave.setAttribute("aria-label", text); }

  close() { this.#wanted = false; this.#stop(); cancelAnimationFrame(this.#timer); }

  get #at() {
    if (!this.#playing) return Number(this.#seek.value);
    const gone = context().currentTime - this.#playing.began;
    return this.#loop ? gone % this.#buffer.duration : Math.min(gone, this.#buffer.duration);
  }

  #start(from) {
    const audio = context(), source = audio.createBufferSource(), gain = audio.createGain();
    audio.resume();
    source.buffer = this.#buffer;
    source.loop = this.#loop;
    source.connect(gain).connect(audio.destination);
    gain.gain.setValueAtTime(0, audio.currentTime);
    gain.gain.linearRampToValueAtTime(1, audio.currentTime + (from ? FADE : 0.005));
    this.#fadeOut();
    source.start(0, from);
    const mine = { source, gain, began: audio.currentTime - from };
    source.onended = () => { if (this.#playing === mine) { this.#playing = null; this.#wanted = false; this.#show(); } };
    this.#playing = mine;
    this.#tick();
  }

  #fadeOut() {
    if (!this.#playing) return;
    const { source, gain } = this.#playing, now = context().currentTime;
    source.onended = null;
    gain.gain.cancelScheduledValues(now);
    gain.gain.setValueAtTime(gain.gain.value, now);
    gain.gain.linearRampToValueAtTime(0, now + FADE);
    source.stop(now + FADE);
    this.#playing = null;
  }

  #stop() { this.#fadeOut(); }

  #jump(seconds) {
    if (this.#wanted) this.#start(Math.min(seconds, this.#buffer.duration - 0.01));
    this.#show();
  }

  #point(event) {
    const box = this.#area.getBoundingClientRect();
    this.#seek.value = String((event.clientX - box.left) / box.width * this.#buffer.duration);
    this.#jump(Number(this.#seek.value));
  }

  #tick() {
    cancelAnimationFrame(this.#timer);
    this.#show();
    if (this.#playing) this.#timer = requestAnimationFrame(() => this.#tick());
  }

  #show() {
    const at = this.#at, all = this.#buffer.duration;
    this.#button.textContent = this.#wanted ? "Stop" : "Play";
    if (this.#playing) this.#seek.value = String(at);
    const text = `${at.toFixed(1)} of ${all.toFixed(1)} s`;
    this.#time.textContent = text;
    this.#seek.setAttribute("aria-valuetext", text);
    this.#head.style.setProperty("left", `${at / all * 100}%`);
  }

  #draw() {
    const wave = this.#buffer.getChannelData(0), { width, height } = this.#wave, pen = this.#wave.getContext("2d");
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = getComputedStyle(this.#wave).color;
    for (let x = 0; x < width; x += 2) {
      const from = Math.floor(x / width * wave.length), to = Math.max(from + 1, Math.floor((x + 2) / width * wave.length));
      let low = 1, high = -1;
      for (let i = from; i < to; i++) { if (wave[i] < low) low = wave[i]; if (wave[i] > high) high = wave[i]; }
      pen.fillRect(x, (1 - high) / 2 * height, 1.4, Math.max(1, (high - low) / 2 * height));
    }
    cancelIdle(this.#gate);
    this.#gate = idle(() => spectrogram(this.#bands, wave, this.#buffer.sampleRate)); // after the sound, which matters more
  }
}

const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 30));
const cancelIdle = window.cancelIdleCallback ?? clearTimeout;
