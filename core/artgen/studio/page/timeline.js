// A walk from work to work: stops that are dragged into their order, played at once, then written as a film or a long piece.

import { attempt, count, h, heldIn, toast } from "./dom.js";
import { showMade } from "./make.js";
import { make } from "./making.js";
import { ask, line, sentence, upload } from "./net.js";
import { full, same, words } from "./state.js";
import { Drive } from "./drive.js";
import { nearer } from "./still.js";
import { thumbnail } from "./views.js";

const PACE = 0.5; // stops a second
const MOST = 60;
export const WORK = "application/x-artgen", STOP = "application/x-artgen-stop";

export class Timeline {
  #canvases = []; #generation = 0; #timer = 0; #last = 0; #drive = null;
  at = 0;

  constructor(play, stops) {
    this.play = play;
    this.stops = stops.map(full);
    this.sound = play.facts.sampling.includes("loop") && !play.facts.sampling.includes("fps"); // is made in one piece and heard then
    this.list = h("ol", { class: "strip stops" });
    this.add = h("button", { type: "button", class: "small", onclick: () => this.put(this.play.place.now) }, "Add this work");
    this.run = h("button", { type: "button", class: "small", onclick: () => this.toggle() }, "Play");
    this.seek = h("input", { type: "range", min: "0", step: "0.01", "aria-label": "Place on the walk", oninput: () => { this.stop(); this.at = Number(this.seek.value); this.look(); } });
    this.loop = h("input", { type: "checkbox", checked: true, onchange: () => this.build() });
    this.steps = h("input", { type: "number", min: "1", max: "2000", step: "1", placeholder: "usual", "aria-label": "Steps from one to the next" });
    this.make = h("button", { type: "button", class: "main", onclick: () => this.write() }, "Make it");
    this.note = h("p", { class: "help" });
    this.bar = h("div", { class: "walkbar" }, this.run, this.seek);
    this.last = h("div", { class: "tools" }, h("label", { class: "check" }, this.loop, " Back to the first, without a seam"), h("label", { class: "check" }, "Steps ", this.steps), this.make);
    this.element = h("section", { class: "favorites timeline", "aria-label": "Walk" }, h("div", { class: "tools" }, h("h2", {}, "Walk"), this.add), this.note, this.list, this.bar, this.last, this.hears());
    this.element.hidden = !play.facts.walks;
    this.list.addEventListener("dragover", (event) => { event.preventDefault(); this.list.classList.add("over"); });
    this.list.addEventListener("dragleave", () => this.list.classList.remove("over"));
    this.list.addEventListener("drop", (event) => this.dropped(event));
    line.addEventListener("open", () => this.element.isConnected && this.draw());
    this.build();
  }

  // ---- the stops

  dropped(event) {
    event.preventDefault();
    event.stopPropagation();
    this.list.classList.remove("over");
    const tiles = [...this.list.children], before = tiles.findIndex((tile) => { const box = tile.getBoundingClientRect(); return event.clientX < box.left + box.width / 2; });
    const to = before < 0 ? this.stops.length : before, from = event.dataTransfer.getData(STOP), work = event.dataTransfer.getData(WORK);
    if (from) this.move(Number(from), to);
    else if (work) this.put(JSON.parse(work), to);
  }

  put(state, at = this.stops.length) {
    if (this.stops.length >= MOST) { toast(`A walk has ${MOST} stops at most.`, true); return; }
    this.change([...this.stops.slice(0, at), full(state), ...this.stops.slice(at)]);
  }

  move(from, to, focus = null) {
    const rest = this.stops.filter((_, k) => k !== from), at = to > from ? to - 1 : to;
    this.change([...rest.slice(0, at), this.stops[from], ...rest.slice(at)]);
    if (focus) this.list.children[at]?.querySelector(focus)?.focus();
  }

  /** All of these, in their order. */
  set(states) { this.change(states.slice(0, MOST).map(full)); nearer(this.element); }

  change(stops) {
    this.stops = stops;
    this.build();
    attempt(() => ask(`/api/runs/${this.play.run}/stops`, { method: "PUT", json: { states: stops } }));
  }

  build() {
    const { stops } = this, several = stops.some((state) => !same(state, stops[0])), focus = heldIn(this.list);
    this.#canvases = stops.map(() => h("canvas", { width: 8, height: 8 }));
    this.list.replaceChildren(...stops.map((state, k) => {
      const text = words(state, this.play.facts);
      const step = (by, word, name) => h("button", { type: "button", class: `move ${name}`, "aria-label": `Move stop ${k + 1} ${word}`, disabled: by < 0 ? k === 0 : k === stops.length - 1, onclick: () => this.move(k, by < 0 ? k - 1 : k + 2, `.${name}`) }, by < 0 ? "←" : "→");
      return h("li", { draggable: "true", ondragstart: (event) => { event.dataTransfer.setData(STOP, String(k)); event.dataTransfer.setData(WORK, JSON.stringify(state)); } },
        h("button", { type: "button", class: "tile", title: text, "aria-label": `Stop ${k + 1}: ${text}`, onclick: () => this.play.place.change(state) }, this.#canvases[k]),
        h("div", { class: "order" }, step(-1, "earlier", "sooner"), h("button", { type: "button", class: "move", "aria-label": `Remove stop ${k + 1}`, onclick: () => this.change(stops.filter((_, i) => i !== k)) }, "✕"), step(1, "later", "later")));
    }));
    focus(this.list, this.add);
    this.bar.hidden = this.last.hidden = this.driver.hidden = !several;
    if (this.sound) this.bar.hidden = this.driver.hidden = true;
    this.note.textContent = several ? "" : stops.length ? "One more, different work makes a walk." : "Drag works here in the order of a walk, or add the one above.";
    this.seek.max = String(this.length);
    this.at = Math.min(this.at, this.length);
    this.seek.value = String(this.at);
    if (!several) this.stop();
    this.draw();
  }

  get length() { return Math.max(0, this.stops.length - (this.loop.checked ? 0 : 1)); }

  draw() {
    this.#generation += 1;
    this.stops.forEach((state, tag) => line.say({ op: "small", group: "stop", run: this.play.run, seq: this.#generation, tag, state }));
  }

  hear({ head, data }) {
    if (head.seq === this.#generation && this.#canvases[head.tag]) thumbnail(this.#canvases[head.tag], { head, data }, this.#canvases[head.tag].parentElement);
  }

  // ---- played at once

  get plays() { return this.#timer !== 0; }

  toggle() { if (this.plays) this.stop(); else this.start(); }

  start() {
    if (this.stops.length < 2) return;
    if (this.at >= this.length) this.at = 0;
    this.#last = performance.now();
    this.#timer = requestAnimationFrame((now) => this.#tick(now));
    this.#drive?.start();
    this.run.textContent = "Pause";
  }

  stop() {
    const plays = this.plays;
    cancelAnimationFrame(this.#timer);
    this.#timer = 0;
    this.#drive?.stop();
    this.run.textContent = "Play";
    if (plays) this.play.soon();
  }

  #tick(now) {
    const pace = this.#drive ? this.#drive.pace : 1;
    this.at += Math.max(0, now - this.#last) / 1000 * PACE * pace; // a frame may have begun before the key was pressed
    this.#last = now;
    if (this.at >= this.length) {
      if (!this.loop.checked) { this.at = this.length; this.look(); this.stop(); return; }
      this.at %= this.length;
    }
    this.look();
    if (this.#drive?.over) { this.stop(); return; }
    this.#timer = requestAnimationFrame((next) => this.#tick(next));
  }

  /** Show the work at `at`, as the film will: slower near the stops. */
  look() {
    const { stops } = this, from = Math.min(Math.floor(this.at), stops.length - 1), share = this.at - from;
    this.seek.value = String(this.at);
    this.seek.setAttribute("aria-valuetext", `stop ${from + 1}${share > 0.01 ? `, ${Math.round(share * 100)} % of the way on` : ""}`);
    this.play.preview({ state: stops[from], between: { first: stops[0], toward: stops[(from + 1) % stops.length], share: Math.min(1, (1 - Math.cos(Math.PI * share)) / 2) } });
  }

  // ---- written, and driven by a sound

  hears() {
    const input = h("input", { type: "file", class: "unseen", id: "drive", accept: "audio/*,.wav,.flac,.ogg,.mp3", onchange: () => input.files[0] && this.listen(input.files[0]) });
    this.heard = h("span", { class: "help" });
    this.film = h("button", { type: "button", class: "small", hidden: true, onclick: () => this.soundtrack() }, "Make a film with this sound");
    return this.driver = h("div", { class: "tools" }, input, h("label", { class: "button small", for: "drive" }, "Drive it by a sound"), this.heard, this.film);
  }

  async listen(file) {
    this.stop();
    const drive = await attempt(() => Drive.of(file));
    if (!drive) return;
    this.#drive = drive;
    this.file = file;
    this.heard.textContent = `${file.name}: it goes faster where this is loud.`;
    this.film.hidden = !this.play.facts.sampling.includes("moments");
    this.start();
  }

  async soundtrack() {
    this.note.textContent = "It is being made from the work above; playing goes on meanwhile.";
    const found = await attempt(async () => {
      const { drop, refused } = await upload([{ file: this.file, path: this.file.name }]);
      if (refused.length) throw new Error(sentence(refused[0].reason));
      return make(`/api/runs/${this.play.run}/soundtrack`, { drop, state: this.play.place.now });
    }, this.film);
    this.note.textContent = "";
    if (found) showMade("The film with sound", found.files, this.play.view);
  }

  async write() {
    this.note.textContent = `The way through ${count(this.stops.length, "stop")} is being made; playing goes on meanwhile.`;
    const found = await attempt(() => make(`/api/runs/${this.play.run}/walk`, { states: this.stops, loop: this.loop.checked, steps: this.steps.value ? Number(this.steps.value) : null }), this.make);
    this.note.textContent = "";
    if (found) showMade("The walk", found.files, this.play.view);
  }
}
