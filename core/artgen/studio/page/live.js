// Playing live: what moves by itself, ways between places, freeze, blackout, panic, takes, and the window for the second screen.

import { attempt, count, h, toast } from "./dom.js";
import { MatrixPanel } from "./matrix.js";
import { Mover, row } from "./modulate.js";
import { line, post } from "./net.js";
import { Radio } from "./radio.js";
import { Sources } from "./sources.js";
import { full, title } from "./state.js";
import { Takes } from "./takes.js";

const WAITS = 400; // ms without a change until the matrix is kept
const OWN = { "/preset": "preset", "/play/freeze": "freeze", "/play/dark": "blackout", "/play/panic": "panic", "/play/surprise": "another seed" };

/** Values as a take keeps them: four digits behind the point. */
const brief = (value) => JSON.parse(JSON.stringify(value, (_, v) => (typeof v === "number" && !Number.isInteger(v) ? Math.round(v * 1e4) / 1e4 : v)));

export class Live {
  #timer = 0; #settle = 0; #begun = performance.now() / 1000; #keep = 0; #recording = null; #noted = ""; #glide = null; #pressed = new Map(); #rests = false;
  frozen = false; learning = null; seconds = 0;
  shown = null; // the moment that was last asked for, which stays while frozen

  constructor(play) {
    this.play = play;
    this.known = new Map(play.facts.parameters.map((p) => [p.address, p]));
    this.matrix = play.facts.modulation;
    this.mover = new Mover(this.matrix, this.known);
    this.sources = new Sources();
    this.sources.addEventListener("value", ({ detail }) => this.heard(detail.source, detail.value));
    this.radio = new Radio(this);
    this.panel = new MatrixPanel(this);
    this.takes = new Takes(play);
    const button = (text, key, act, more = "") => h("button", { type: "button", class: `small ${more}`, title: key, "aria-pressed": "false", onclick: (event) => act(event.currentTarget) }, text);
    this.freezer = button("Freeze", "F", () => this.freeze());
    this.darkener = button("Blackout", "B", () => this.dark(!play.stage.dark));
    this.recorder = button("Record a take", "T", () => this.record());
    const calm = h("input", { type: "checkbox", checked: true, onchange: () => { play.stage.calm = calm.checked; } });
    const glide = h("input", { type: "number", min: "0", max: "60", step: "0.5", value: "0", class: "brief", onchange: () => { this.seconds = Math.max(0, Number(glide.value) || 0); } });
    this.calm = h("label", { class: "check" }, calm, " No flashes");
    this.said = h("p", { class: "help", role: "status" });
    this.element = h("details", { class: "live" }, h("summary", {}, "Live", h("span", { class: "help" }, "sound, knobs and time move the sliders; takes; a second screen")),
      h("div", { class: "actions" }, this.freezer, this.darkener, button("Panic", "X: all that moves by itself off", () => this.panic()), this.recorder,
        h("button", { type: "button", class: "small", title: "P", onclick: () => this.stage() }, "Second screen")),
      h("div", { class: "row" }, this.calm, h("label", { class: "check" }, "Seconds to another place ", glide)),
      this.said, this.takes.element, this.panel.element);
    addEventListener("gamepadconnected", this.joined = () => this.run());
    line.addEventListener("heard", this.listen = ({ detail: { head, data } }) => {
      if (head.kind === "take") this.taken(head);
      else if (head.group === "radio" && data) this.radio.came(head, data);
    });
  }

  /** The name of a parameter for a person. */
  named(p) {
    return (p.field === "moves" ? title(this.play.facts.directions.find((d) => d.name === p.key) ?? { name: p.key, number: p.key }) : p.field === "label" ? `kind: ${p.key}` : ({ truncation: "daring", seed: "seed", motion: "another movement", "mix seed": "style of another seed", "mix first": "where that style begins" })[p.field === "mix" ? `mix ${p.key}` : p.field] ?? p.address.slice(1).replaceAll("/", " "));
  }

  /** What a row may move, with names: each direction once. `wanted`: an address that has to be among them. */
  targets(wanted = null) {
    const own = new Set(), kept = [];
    for (const p of this.known.values()) { // one address for each direction: the first
      if (p.field === "moves" && own.has(p.key)) continue;
      own.add(p.field === "moves" ? p.key : p.address);
      kept.push([p.address, this.named(p)]);
    }
    const p = this.known.get(wanted); // an older name of a direction, or its own
    if (wanted && !OWN[wanted] && !kept.some(([address]) => address === wanted)) kept.push([wanted, p ? this.named(p) : wanted]);
    return [...kept, ...Object.entries(OWN)];
  }

  // ---- what is shown

  get time() { return performance.now() / 1000 - this.#begun; }

  /** What to show of a place: as the matrix moves it, or on the way to it. */
  moment() {
    const { place, between } = this.play, at = (one) => full(this.#rests ? one : this.mover.move(one, this.time)), state = at(place.now);
    if (between) return { state: between.state, between: between.between };
    const share = this.#glide ? (this.time - this.#glide.start) / this.seconds : 1;
    if (share >= 1) { this.#glide = null; return { state, between: null }; }
    const first = at(this.#glide.from);
    return { state: first, between: { first, toward: state, share: (1 - Math.cos(Math.PI * share)) / 2 } };
  }

  /** Another place comes: go there in `seconds`, where that is asked for. */
  leave(from) { if (this.seconds > 0 && !this.#glide && !this.frozen) { this.#glide = { from: structuredClone(from), start: this.time }; this.run(); } }

  /** Whether something changes without a hand. */
  get moving() { return Boolean(this.#glide) || !this.#rests && (this.mover.moves || this.sources.hears); }

  /** Go on while something moves by itself, is recorded or may come from a gamepad. */
  run() {
    if (this.#timer) return;
    const tick = () => {
      this.#timer = 0;
      if (!this.play.view?.isConnected) return;
      this.#timer = requestAnimationFrame(tick); // before what comes asks for the same
      this.sources.poll();
      if (this.moving && !this.frozen) { this.play.dirty = true; this.play.wish(); }
      this.note();
    };
    this.#timer = requestAnimationFrame(tick);
  }

  // ---- what comes from outside

  heard(source, value) {
    this.panel.saw(source, value);
    if (this.learning && !source.startsWith("sound/")) { this.learn(source); return; }
    const { patch, others } = this.mover.hear(source, value, this.play.place.now);
    if (Object.keys(patch).length) {
      this.play.place.change(patch, true);
      clearTimeout(this.#settle);
      this.#settle = setTimeout(() => this.play.place.change({}), WAITS); // a place to come back to
    }
    for (const [address, share] of others) this.act(address, share, source);
    this.run();
  }

  /** An address that is no parameter of the run. A button acts once, when it is pressed. */
  act(address, share, source) {
    const key = `${source} ${address}`, before = this.#pressed.get(key) ?? 0;
    this.#pressed.set(key, share);
    if (address === "/play/freeze") this.freeze(share >= 0.5);
    else if (address === "/play/dark") this.dark(share >= 0.5);
    else if (share <= 0 || before > 0) return;
    else if (address === "/preset") this.play.favorites.go(1 + Math.round(share * 8));
    else if (address === "/play/panic") this.panic();
    else if (address === "/play/surprise") this.play.surprise();
  }

  /** The next knob that moves takes this address. */
  async learnFor(address) {
    if (!this.known.has(address)) { toast("Move to a slider first, then press M."); return; }
    this.learning = address;
    toast("Now move a knob of your controller.");
    this.element.open = true;
    await attempt(() => this.sources.midi());
    this.run();
  }

  learn(source) {
    const to = this.learning;
    this.learning = null;
    const rows = this.matrix.rows.filter((row) => row.to !== to || row.mode !== "set");
    this.change({ ...this.matrix, rows: [...rows, { ...row(source, to), mode: "set" }] });
    toast(`${source.replaceAll("/", " ")} moves it now.`);
  }

  /** Another matrix: played at once, kept soon. */
  change(matrix, build = true) {
    this.matrix = { ...matrix, rows: matrix.rows.slice(0, 64) };
    this.mover.matrix = this.matrix;
    if (build) this.panel.build();
    if (this.#rests) this.freeze(false); // the person wants it to move
    clearTimeout(this.#keep);
    this.#keep = setTimeout(() => attempt(() => post(`/api/runs/${this.play.run}/modulation`, { matrix: this.matrix }, "PUT")), WAITS);
    this.play.dirty = true;
    this.play.wish();
    this.run();
  }

  // ---- safety

  freeze(on = !this.frozen && !this.#rests) {
    this.frozen = on;
    this.#rests = false;
    this.freezer.setAttribute("aria-pressed", String(on));
    this.play.soon(); // what is frozen rests
    if (!on) { this.play.dirty = true; this.play.wish(); this.run(); }
  }

  /** What is kept with the run would move by itself, and less motion is asked for: it waits until the person goes on. */
  rest() {
    this.#rests = true;
    this.freezer.setAttribute("aria-pressed", "true");
    toast("Sliders of this run move by themselves. They rest, as your system asks for less motion; F lets them go.");
  }

  dark(on) {
    this.play.stage.dark = on;
    this.darkener.setAttribute("aria-pressed", String(on));
    line.say({ op: "dark", on });
    this.note();
  }

  /** Everything that moves by itself off, and the work seen as it is. */
  panic() {
    this.sources.silence();
    this.radio.stop();
    this.#glide = null;
    this.play.timeline.stop();
    this.freeze(false);
    this.dark(false);
    this.mover = new Mover({ ...this.matrix, rows: [] }, this.known);
    this.panel.off();
    this.play.dirty = true;
    this.play.wish();
    toast("Nothing moves by itself any more. Change a row to start it again.");
  }

  // ---- takes and the second screen

  record() {
    if (this.#recording) line.say({ op: "take", run: this.play.run, on: false, at: this.time - this.#recording.start });
    else line.say({ op: "take", run: this.play.run, on: true });
  }

  taken({ on, run, name, path, size, full: long }) {
    if (run !== this.play.run) return;
    this.recorder.setAttribute("aria-pressed", String(on));
    this.recorder.textContent = on ? "End the take" : "Record a take";
    const radio = this.#recording?.radio;
    this.#recording = on ? { start: this.time, name } : null;
    this.#noted = "";
    if (on) {
      this.said.textContent = `${name} is being recorded.`;
      this.note();
      for (const [piece, into] of this.radio.sounding) this.note(piece, into);
      this.run();
      return;
    }
    if (!path) { this.said.textContent = `${name} has ended: this run was thrown away, and the take lies with it.`; return; }
    const runs = path.slice(0, path.lastIndexOf("/takes/"));
    this.takes.add(name, radio);
    this.said.replaceChildren(`${name}: ${count(Math.ceil(size / 1000), "kilobyte")}${long ? ", as long as a take can be" : ""}. In a terminal: `,
      h("code", { class: "command" }, `artgen perform ${runs} ${path} --out film.mp4`));
  }

  /** What is shown now, for the take that is recorded. `piece`: this one sounds, since `into` seconds; null: none does any more. */
  note(piece = undefined, into = 0) {
    if (!this.#recording) return;
    const { state, between } = brief(this.frozen && this.shown ? this.shown : this.moment()), dark = this.play.stage.dark;
    const words = JSON.stringify([state, between, dark]);
    if (words === this.#noted && piece === undefined) return;
    this.#noted = words;
    if (piece) this.#recording.radio = this.radio.run;
    line.say({ op: "control", at: Math.max(0, this.time - this.#recording.start), state, between, dark, ...(piece === undefined ? {} : { piece, into }) });
  }

  stage() {
    if (!window.open("/stage", "artgen-stage", "popup,width=960,height=960")) toast("The browser let no window open. Allow it for this page.", true);
  }

  /** The directions have other names now. */
  renewed() {
    this.known = new Map(this.play.facts.parameters.map((p) => [p.address, p]));
    this.mover.known = this.known;
    this.panel.build();
  }

  close() {
    cancelAnimationFrame(this.#timer);
    clearTimeout(this.#settle);
    this.#timer = 0;
    line.removeEventListener("heard", this.listen);
    removeEventListener("gamepadconnected", this.joined);
    if (this.#recording) this.record();
    this.radio.stop();
    this.sources.close();
  }
}
