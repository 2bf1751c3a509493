// The rows of the modulation matrix: what moves what, and how far.

import { attempt, fresh, h, heldIn, short, toast } from "./dom.js";
import { row } from "./modulate.js";
import { stations } from "./radio.js";

const SOURCES = [["lfo/1", "LFO 1"], ["lfo/2", "LFO 2"], ["noise/1", "wander"], ["sound/level", "sound: loudness"], ["sound/bass", "sound: bass"],
  ["sound/mid", "sound: middle"], ["sound/high", "sound: treble"], ["sound/onset", "sound: onsets"], ["pad/x", "pad: across"], ["pad/y", "pad: up"]];
const LFO = { shape: "sine", seconds: 4, phase: 0 }, NOISE = { seconds: 12, seed: 0 };
const SHAPES = ["sine", "triangle", "saw", "square", "steps"];
const select = (label, options, value, change) => h("select", { "aria-label": label, onchange: (event) => change(event.target.value) },
  options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
const number = (label, value, least, most, step, change) => h("input", { type: "number", class: "brief", "aria-label": label, min: String(least), max: String(most), step: String(step), value: short(value),
  onchange: (event) => { const wanted = Number(event.target.value); if (Number.isFinite(wanted)) change(Math.min(most, Math.max(least, wanted))); } });

export class MatrixPanel {
  #meters = new Map();

  constructor(live) {
    this.live = live;
    this.rows = h("ul", { class: "rows" });
    this.movers = h("div", { class: "row" });
    this.more = h("button", { type: "button", class: "small", onclick: () => this.add() }, "Add a row");
    this.element = h("div", { class: "matrix" }, h("h2", {}, "What moves by itself"), h("p", { class: "help" }, "A row lets something move a slider: on the left what moves it, then which slider, then how far. An LFO is a wave that comes and goes in its seconds."), this.inputs(), this.pad(), this.movers, this.rows,
      this.more);
    this.build();
  }

  inputs() {
    const { live } = this, { sources } = live;
    const button = (text, act) => h("button", { type: "button", class: "small", onclick: (event) => attempt(() => act(event.currentTarget), event.currentTarget) }, text);
    const file = h("input", { type: "file", class: "unseen", id: fresh("sound"), accept: "audio/*,.wav,.flac,.ogg,.mp3", onchange: () => file.files[0] && attempt(() => this.began(sources.file(file.files[0]), file.files[0].name)) });
    this.heard = h("span", { class: "help", role: "status" });
    sources.addEventListener("gone", () => { this.heard.textContent = "The microphone is gone; nothing is heard any more."; });
    this.choice = h("span", {});
    attempt(() => stations(live.play.run, live.play.facts.plugin)).then((found) => { if (found?.length) this.choice.replaceChildren(...this.radios(found)); });
    return h("div", { class: "row" }, button("Microphone", () => this.began(sources.microphone(), "the microphone")), file,
      h("label", { class: "button small", for: file.id }, "A sound file"), this.choice,
      button("MIDI", async () => { const found = await sources.midi(); live.run(); toast(found ? `${found} MIDI ${found === 1 ? "device is" : "devices are"} heard.` : "No MIDI device is connected yet; it is heard as soon as it is."); }),
      button("Quiet", () => { sources.silence(); live.radio.stop(); this.heard.textContent = ""; }), this.heard);
  }

  /** A radio of a music run, which is heard and moves things. */
  radios(found) {
    const mine = found.find(([id]) => id === this.live.play.run) ?? found[0], chosen = select("Radio of", found, mine[0], () => {});
    return [chosen, " ", h("button", { type: "button", class: "small", onclick: (event) => attempt(() => this.began(this.live.radio.start(chosen.value), "the radio"), event.currentTarget) }, "Radio")];
  }

  async began(work, name) {
    await work;
    this.heard.textContent = `${name} is heard.`;
    this.live.run();
  }

  /** Two sources under one finger. */
  pad() {
    const dot = h("span", { class: "dot" }), area = h("div", { class: "pad", "aria-hidden": "true" }, dot), at = { x: 0.5, y: 0.5 };
    const slide = (axis, text) => h("input", { type: "range", min: "0", max: "1", step: "0.01", value: "0.5", "aria-label": text, oninput: (event) => set({ [axis]: Number(event.target.value) }) });
    const sliders = { x: slide("x", "Pad across"), y: slide("y", "Pad up") };
    const set = (patch) => {
      Object.assign(at, patch);
      dot.style.setProperty("left", `${at.x * 100}%`);
      dot.style.setProperty("top", `${(1 - at.y) * 100}%`);
      for (const axis of Object.keys(patch)) { sliders[axis].value = String(at[axis]); this.live.heard(`pad/${axis}`, at[axis]); }
    };
    const point = (event) => {
      const box = area.getBoundingClientRect(), inside = (value) => Math.min(1, Math.max(0, value));
      set({ x: inside((event.clientX - box.left) / box.width), y: inside(1 - (event.clientY - box.top) / box.height) });
    };
    area.addEventListener("pointerdown", (event) => { area.setPointerCapture(event.pointerId); point(event); });
    area.addEventListener("pointermove", (event) => { if (event.buttons) point(event); });
    dot.style.setProperty("left", "50%");
    dot.style.setProperty("top", "50%");
    return h("details", { class: "twopad" }, h("summary", {}, "A pad for two at once"), area, h("label", { class: "check" }, "across", sliders.x), h("label", { class: "check" }, "up", sliders.y));
  }

  add() {
    const { matrix } = this.live, to = this.live.targets().find(([address]) => address.startsWith("/direction/")) ?? this.live.targets()[1];
    const lfos = Object.keys(matrix.lfos).length ? matrix.lfos : { 1: LFO };
    this.live.change({ ...matrix, lfos, rows: [...matrix.rows, row("lfo/1", to[0])] });
  }

  build() {
    const { matrix } = this.live, focus = heldIn(this.rows);
    this.#meters.clear();
    this.movers.replaceChildren(...Object.entries(matrix.lfos).map(([key, lfo]) => this.mover("lfos", key, `LFO ${key}`, lfo)), ...Object.entries(matrix.noises).map(([key, noise]) => this.mover("noises", key, "Wander", noise)));
    this.rows.replaceChildren(...matrix.rows.map((one, k) => this.row(one, k)));
    focus(this.rows, this.more);
  }

  /** An LFO or a loop of noise: its shape and its seconds. */
  mover(kind, key, text, value) {
    const set = (patch) => this.live.change({ ...this.live.matrix, [kind]: { ...this.live.matrix[kind], [key]: { ...this.live.matrix[kind][key], ...patch } } }, false);
    return h("span", { class: "mover" }, text, " ", value.shape ? select(`Shape of ${text}`, SHAPES.map((name) => [name, name]), value.shape, (shape) => set({ shape })) : "",
      number(`Seconds of ${text}`, value.seconds, value.shape ? 0.05 : 0.5, 3600, 0.1, (seconds) => set({ seconds })), " s");
  }

  row(one, k) {
    const { live } = this, n = k + 1;
    const set = (patch, build = false) => {
      const rows = live.matrix.rows.map((old, i) => (i === k ? { ...old, ...patch } : old)), next = { ...live.matrix, rows };
      const [kind, key] = (patch.source ?? "").split("/");
      if (kind === "lfo" && !next.lfos[key]) next.lfos = { ...next.lfos, [key]: LFO };
      if (kind === "noise" && !next.noises[key]) next.noises = { ...next.noises, [key]: NOISE };
      live.change(next, build || Boolean(patch.source));
    };
    const known = SOURCES.some(([key]) => key === one.source) ? SOURCES : [...SOURCES, [one.source, one.source.replaceAll("/", " ")]];
    const meter = h("meter", { min: "0", max: "1", value: "0", "aria-label": `Row ${n}: what its source says` });
    this.#meters.set(meter, one.source);
    const how = one.mode === "set" ? [number(`Row ${n}: from`, one.low, 0, 1, 0.05, (low) => set({ low })), number(`Row ${n}: to`, one.high, 0, 1, 0.05, (high) => set({ high }))]
      : h("input", { type: "range", min: "-1", max: "1", step: "0.05", value: String(one.amount), "aria-label": `Row ${n}: how far`, oninput: (event) => set({ amount: Number(event.target.value) }) });
    return h("li", { class: "row" }, select(`Row ${n}: source`, known, one.source, (source) => set({ source })), meter, "→",
      select(`Row ${n}: moves`, live.targets(one.to), one.to, (to) => set({ to })), select(`Row ${n}: how`, [["add", "around where it is"], ["set", "to where it says"]], one.mode, (mode) => set({ mode }, true)), how,
      h("label", { class: "check" }, "smooth ", number(`Row ${n}: smooth, seconds`, one.release, 0, 60, 0.05, (seconds) => set({ attack: seconds / 3, release: seconds }))),
      h("button", { type: "button", class: "small", onclick: () => { live.learning = one.to; toast("Now move a knob of your controller."); attempt(() => live.sources.midi()); live.run(); } }, "Learn"),
      h("button", { type: "button", class: "move", "aria-label": `Remove row ${n}`, onclick: () => live.change({ ...live.matrix, rows: live.matrix.rows.filter((_, i) => i !== k) }) }, "✕"));
  }

  /** A source has said something. */
  saw(source, value) { for (const [meter, name] of this.#meters) if (name === source) meter.value = value; }

  /** After a panic: the rows are there and rest. */
  off() { this.heard.textContent = ""; }
}
