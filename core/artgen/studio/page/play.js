// Playing a run: one large work, and everything that moves it.

import { announce, h, plural, show, toast } from "./dom.js";
import { Favorites } from "./favorites.js";
import { keys } from "./keys.js";
import { Knobs } from "./knobs.js";
import { Live } from "./live.js";
import { copyCommand, dropWork, saveWorks } from "./make.js";
import { Near } from "./near.js";
import { line, post, sentence, trouble } from "./net.js";
import { Place, randomSeed, words } from "./state.js";
import { STILL } from "./still.js";
import { Timeline } from "./timeline.js";
import { Stage } from "./views.js";

const SETTLED = 350, RESTED = 1500; // ms without a change; more of them before a film is made large, for which the next change may have to wait

export async function play(run, current) {
  const facts = await post(`/api/runs/${run}/open`);
  if (!current()) return;
  if (!facts.ready) { location.replace(`#/learn/${run}`); return; }
  if (!facts.plays) { location.replace(`#/change/${run}`); return; }
  new Play(run, facts).start();
}

class Play {
  constructor(run, facts) {
    this.run = run;
    this.facts = facts;
    this.place = new Place(run, facts.last ?? { seed: 0 });
    this.stage = new Stage();
    this.stage.tell = () => this.view && this.busy();
    this.near = new Near(this);
    this.knobs = new Knobs(this);
    this.favorites = new Favorites(this, facts.favorites);
    this.timeline = new Timeline(this, facts.stops);
    this.live = new Live(this);
    this.between = null; // where on the walk, while that is shown
    this.saving = new Set(); // what is being written
    this.caption = h("p", { class: "caption" });
    this.painted = 0; this.asked = 0; this.flying = false; this.dirty = true; this.timer = 0;
    this.large = false; // whether the work is wanted as large as it is saved
    this.grown = false; // whether it was last asked for so
    this.grows = false; // whether it is made larger to be saved, and can be shown so
    this.resting = 0;
  }

  start() {
    const { run, facts } = this, name = facts.title ?? (facts.shipped ? plural(facts.plugin) : facts.called);
    const button = (text, title, act, more = "") => h("button", { type: "button", class: more, title, onclick: (event) => act(event.currentTarget) }, text);
    this.undo = button("Undo", "Z", () => this.place.undo());
    this.redo = button("Redo", "Shift Z", () => this.place.redo());
    this.star = button("☆ Star", ". keeps this work among your favorites", () => this.favorites.star(), "star");
    this.size = facts.enlarges.length < 2 ? null : h("select", { "aria-label": "Size of saved works", title: "pixels of saved works" },
      facts.enlarges.map((times) => h("option", { value: String(times), selected: times === facts.enlarge }, facts.sides.map((side) => side * times).reverse().join(" × "))));
    const actions = h("div", { class: "actions" },
      button("Surprise me", "R", () => this.surprise(), "main"), this.undo, this.redo, this.star,
      button("Save", "S saves this work as a file", (b) => saveWorks(this, [this.place.now], b)), this.size,
      button("Copy as command", "C", () => copyCommand(this), "plain"));
    const frame = h("div", { class: "frame" }, this.stage.element, this.caption);
    dropWork(frame, this);
    const view = h("div", { class: "play" },
      h("h1", { class: "unseen" }, `Playing ${name}`),
      h("button", { type: "button", class: "skip", onclick: () => this.knobs.element.querySelector("button, input").focus() }, "To the sliders"),
      h("div", { class: "left" }, frame, actions, this.live.element, this.near.element, this.favorites.shelf, this.favorites.element, this.timeline.element),
      this.knobs.element);
    const crumbs = [h("a", { href: `#/learn/${run}`, hidden: facts.shipped }, facts.called), facts.shipped ? h("span", {}, `${facts.title ?? plural(facts.plugin)}, the weights that ship`) : null,
      this.badge = h("span", { class: "badge running", hidden: facts.state !== "running" }, "learning")].filter(Boolean);
    this.heard = ({ detail }) => this.hear(detail);
    this.again = () => { this.flying = this.grown = false; this.dirty = true; this.wish(); };
    line.addEventListener("heard", this.heard);
    line.addEventListener("open", this.again);
    this.place.addEventListener("change", this.changed = ({ detail }) => this.onchange(detail.live));
    show(view, { title: name, crumbs, leave: () => this.leave() });
    keys(this.keys()); // after the view before this one has left
    this.view = view;
    view.dataset.busy = "true"; // until what is shown is what was asked for
    view.closest("main").dataset.ready = "false"; // until the first work is painted
    this.onchange(false);
    if (this.live.moving && STILL.matches) this.live.rest();
    else if (this.live.moving) this.live.run(); // what is kept with the run goes on
  }

  leave() {
    line.removeEventListener("heard", this.heard);
    line.removeEventListener("open", this.again);
    clearTimeout(this.timer);
    this.timeline.stop();
    clearTimeout(this.resting);
    this.live.close();
    this.stage.close();
    keys({});
  }

  keys() {
    const { place } = this;
    const daring = (step) => place.change({ truncation: Math.min(2, Math.max(0, Number((place.now.truncation + step).toFixed(2)))) });
    const seed = (step) => place.change({ seed: Math.max(0, place.now.seed + step), projected: null });
    const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const recall = Object.fromEntries([...digits.map((n) => [String(n), () => this.favorites.go(n)]), ...digits.map((n) => [`shift ${n}`, () => this.favorites.keep(n)])]);
    return {
      ...recall, r: () => this.surprise(), z: () => place.undo(), "shift z": () => place.redo(), ".": () => this.favorites.star(),
      "[": () => daring(-0.1), "]": () => daring(0.1), arrowleft: () => seed(-1), arrowright: () => seed(1), 0: () => place.change({ moves: {} }),
      l: () => this.facts.sampling.includes("loop") && place.change({ loop: !place.now.loop }), " ": () => (this.stage.kind === "picture" ? this.live.freeze() : this.stage.toggle()),
      w: () => this.timeline.bar.hidden || this.timeline.toggle(), s: () => saveWorks(this, [place.now]), c: () => copyCommand(this), h: () => this.view.classList.toggle("bare"),
      f: () => this.live.freeze(), b: (event) => event.repeat || this.live.dark(!this.stage.dark), x: () => this.live.panic(), t: (event) => event.repeat || this.live.record(),
      p: () => this.live.stage(), m: () => this.live.learnFor(document.activeElement?.closest("[data-address]")?.dataset.address),
    };
  }

  /** To another place, in as many seconds as ways are to take. */
  jump(patch) { this.live.leave(this.place.now); this.place.change(patch); }

  surprise() { this.jump({ seed: randomSeed(), projected: null, motion: this.place.now.motion === null ? null : randomSeed() }); }

  /** A work on the walk, which is no place to come back to. */
  preview(between) {
    this.between = between;
    this.dirty = true;
    this.soon();
    this.wish();
  }

  /** `moved`: to another place; else the same is drawn anew, and a walk that plays goes on. */
  onchange(live, moved = true) {
    if (moved) {
      this.timeline.stop();
      this.between = null;
    }
    this.dirty = true;
    if (live) this.small(); else this.soon();
    this.near.expect();
    this.wish();
    this.knobs.follow();
    const text = words(this.place.now, this.facts);
    this.caption.textContent = text;
    if (!live || !this.moving) { // once at the begin of a movement and once at its end
      this.undo.disabled = !this.place.canUndo;
      this.redo.disabled = !this.place.canRedo;
      this.favorites.follow();
      this.stage.describe(text);
    }
    this.moving = live;
    clearTimeout(this.timer);
    if (!live) this.timer = setTimeout(() => this.settled(text), SETTLED);
  }

  settled(text) {
    announce(text);
    this.near.refresh();
    post(`/api/runs/${this.run}/place`, { state: this.place.now }).catch(() => {}); // the next one will do
  }

  /** Whether the work changes without a hand. */
  get goes() { return this.timeline.plays || (this.live.moving && !this.live.frozen); }

  /** It changes: it is shown as it is made. */
  small() {
    clearTimeout(this.resting);
    this.large = false;
  }

  /** It has changed, or stopped: it is large soon. */
  soon() {
    this.small();
    this.resting = setTimeout(() => { if (this.stage.kind === "picture") this.rest(); else this.resting = setTimeout(() => this.rest(), RESTED); }, SETTLED);
    this.busy();
  }

  /** Show the work once more, as large as it is saved, when nothing moves: that is too slow for each step of a slider. */
  rest() {
    if (this.goes) { this.resting = setTimeout(() => this.rest(), RESTED); return; }
    this.large = true;
    this.wish();
  }

  /** Whether what is shown is not yet what was asked for, as large as it is at rest. */
  busy() {
    const small = this.grows && !(this.large && this.grown) && !this.goes;
    const busy = String(this.flying || this.dirty || this.stage.held || small);
    if (this.view.dataset.busy !== busy) this.view.dataset.busy = busy;
  }

  /** Ask for the work of the state that is now; while it is frozen, for the one that is shown. One wish flies at a time, so the newest is always the next. */
  wish() {
    this.busy();
    const { live } = this, large = this.large && this.grows && !this.goes, grow = large && !this.grown, frozen = live.frozen && live.shown;
    if (this.flying || !(grow || (this.dirty && !live.frozen))) return;
    if (!frozen) live.shown = live.moment();
    const { state, between } = live.shown;
    this.flying = line.say({ op: "play", run: this.run, seq: ++this.asked, state, ...(between ? { between } : {}), ...(large ? { enlarge: this.facts.enlarge } : {}) });
    if (!this.flying) return;
    this.grown = large;
    if (!frozen) this.dirty = false;
  }

  hear({ head, data }) {
    if (head.group === "radio") return; // heard by the radio
    if (head.run !== this.run && !(head.kind === "error" && head.seq === this.asked)) return; // a refused wish may name no run
    if (head.small) ({ near: this.near, fav: this.favorites, stop: this.timeline })[head.group]?.hear({ head, data });
    else if (head.seq !== undefined && head.seq !== null) this.answered({ head, data });
    else if (head.kind === "renewed") this.renewed(head);
    else if (head.kind === "lost") { trouble(head.message); this.troubled = true; }
    else if (head.kind === "note" || head.kind === "error") toast(sentence(head.message), true);
    else if (head.kind === "kept") this.favorites.kept(head);
    else if (head.kind === "state") { this.facts.state = head.state; this.badge.hidden = head.state !== "running"; this.knobs.build(); }
  }

  answered({ head, data }) {
    this.flying = false;
    if (head.kind === "error") toast(sentence(head.message), true);
    else if (head.seq > this.painted) {
      this.painted = head.seq;
      this.grows = head.grows ?? false;
      if (this.troubled) { trouble(""); this.troubled = false; }
      this.stage.show({ head, data });
      this.view.closest("main").dataset.ready = "true";
      this.view.dispatchEvent(new CustomEvent("painted", { bubbles: true, detail: head }));
    }
    this.wish();
  }

  /** Newer weights, or directions that have been measured: the same place, drawn again. */
  renewed(facts) {
    const before = this.facts.measured;
    this.facts = { ...this.facts, ...facts, kind: undefined };
    if (facts.turned?.length) this.place.turn(facts.turned);
    this.knobs.build();
    this.live.renewed();
    this.onchange(false, false);
    this.favorites.draw();
    this.timeline.draw();
    if (facts.measured && !before) toast("The sliders have names now: what each changes was measured.");
    else if (!facts.measured) toast("Drawn again with the newest weights.");
  }

}
