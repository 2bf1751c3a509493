// Music without an end: pieces one after the other, each faded into the next. A slider is heard with at most one piece of delay.

import { toast } from "./dom.js";
import { ask, line, post } from "./net.js";
import { full } from "./state.js";
import { audio } from "./sources.js";

const FADE = 0.5; // seconds over which one piece gives way to the next, as in live/radio.py
const EARLY = 1.2; // seconds before a piece has to begin when it is asked for, at least
const TURN = 48; // points of a fade

const SILENT = ["image", "video"]; // plugins whose runs make no sound

/** Runs that may make music, as `[id, name]`, and the weights that ship. `own`: the run of the page, of plugin `plugin`. */
export async function stations(own, plugin) {
  const { runs } = await ask("/api/runs"), silent = (run) => SILENT.includes(run.id === own ? plugin : run.plugin);
  return [...runs.filter((run) => !silent(run)).map((run) => [run.id, run.called]), ["", "music that ships"]];
}

export class Radio {
  #run = null; #state = null; #number = 0; #end = 0; #timer = 0; #asked = 0; #out = null; #began = 0; #took = 0.5; #waiting = false; #playing = [];

  constructor(live) { this.live = live; }

  get run() { return this.#run; }

  get plays() { return this.#run !== null; }

  /** Play a run: the one of the page as its sliders say, another from where it was last. */
  async start(chosen) {
    this.stop();
    const run = chosen || (await post("/api/starts", { plugin: "music", number: 0 })).id;
    this.#run = run;
    this.#number = 0;
    this.#end = 0;
    this.#state = null;
    if (run !== this.live.play.run) this.#state = full((await post(`/api/runs/${run}/open`)).last ?? {});
    if (this.#run !== run) return;
    this.#out = audio().createGain();
    this.#out.connect(audio().destination);
    this.live.sources.hear(this.#out, () => {});
    this.#ask();
    this.#timer = setInterval(() => this.#watch(), 100);
    this.live.run();
  }

  /** What sounds now, the earlier first: `[state, into]`, where `into` is how many seconds of the piece are over. */
  get sounding() {
    const now = audio().currentTime;
    return this.#playing.filter(({ start }) => start <= now).map(({ state, start }) => [state, now - start]);
  }

  stop() {
    clearInterval(this.#timer);
    if (!this.plays) return;
    if (this.sounding.length) this.live.note(null);
    this.#run = null;
    this.live.sources.silence();
    const out = this.#out, now = audio().currentTime;
    out?.gain.setTargetAtTime(0, now, 0.05);
    for (const { source } of this.#playing) source.stop(now + 0.4);
    this.#playing = [];
    setTimeout(() => out?.disconnect(), 600);
    this.#out = null;
    this.#waiting = false;
  }

  /** Ask for the next piece shortly before it has to begin, so that it is as the sliders are then. */
  #watch() { if (!this.#waiting && this.#end - audio().currentTime < Math.max(EARLY, 3 * this.#took)) this.#ask(); }

  #ask() {
    const state = this.#state ?? this.live.play.place.now;
    this.piece = full({ ...state, seed: state.seed + this.#number, loop: false });
    this.#began = performance.now() / 1000;
    this.#waiting = line.say({ op: "play", group: "radio", run: this.#run, seq: ++this.#asked, state: this.piece });
  }

  came(head, data) {
    if (head.run !== this.#run || head.seq !== this.#asked) return;
    if (head.kind !== "sound") { this.stop(); toast("This run makes no sound.", true); return; }
    this.#took = performance.now() / 1000 - this.#began;
    this.#waiting = false;
    this.#number += 1;
    const samples = new Int16Array(data.buffer, data.byteOffset, head.frames * head.channels), context = audio();
    const buffer = new AudioBuffer({ length: head.frames, numberOfChannels: head.channels, sampleRate: head.rate });
    for (let c = 0; c < head.channels; c++) {
      const channel = buffer.getChannelData(c);
      for (let i = 0; i < head.frames; i++) channel[i] = samples[i * head.channels + c] / 32768;
    }
    const fade = Math.min(FADE, buffer.duration / 4), ready = context.currentTime, start = Math.max(ready + 0.05, this.#end);
    const source = context.createBufferSource(), gain = context.createGain(), curve = (to) => Float32Array.from({ length: TURN }, (_, i) => Math.abs(Math[to](i / (TURN - 1) * Math.PI / 2)));
    source.buffer = buffer;
    source.connect(gain).connect(this.#out);
    if (this.#end) { gain.gain.setValueAtTime(0, start); gain.gain.setValueCurveAtTime(curve("sin"), start, fade); }
    gain.gain.setValueCurveAtTime(curve("cos"), start + buffer.duration - fade, fade);
    source.start(start);
    source.onended = () => { this.#playing = this.#playing.filter((one) => one.source !== source); };
    this.#playing.push({ source, start, state: this.piece });
    this.#end = start + buffer.duration - fade; // where the next one begins
    const until = start - context.currentTime, mine = this.piece;
    setTimeout(() => this.#playing.some(({ state }) => state === mine) && this.live.note(mine, Math.max(0, context.currentTime - start)), until * 1000);
    this.live.play.view.dispatchEvent(new CustomEvent("piece", { bubbles: true, detail: { start, seconds: buffer.duration, ready } }));
  }
}
