// Controls of a work: seed, classes, daring, directions, length, style mixing.

import { attempt, count, fresh, h, heldIn, short } from "./dom.js";
import { Pad, triangle } from "./pad.js";
import { takeFile } from "./make.js";
import { post } from "./net.js";
import { seen, title } from "./state.js";

const MOST_SEED = 2 ** 53 - 1;
const SHOWN = 6; // directions that are not folded away
const WIDE = 4; // standard deviations of a slider; a number typed may go further

/** A slider with a name, a number that can be typed, and a way back by double click. */
export function slider({ name, help, least, most, step, usual, live, aria, address, way }) {
  const id = fresh("knob");
  const range = h("input", { id, type: "range", min: String(least), max: String(most), step: String(step), "aria-describedby": help ? `${id}-help` : null });
  const number = h("input", { type: "number", step: "any", "aria-label": `${aria ?? name} as a number` });
  const element = h("div", { class: "knob", data: { ...(address && { address }), ...(way && { way }) } }, h("label", { for: id }, name), number, range, help ? h("p", { id: `${id}-help`, class: "help" }, help) : null);
  let typing = false;
  const set = (value) => { // only what is another than before, as this is done for every slider while one moves
    if (range.value !== String(value)) range.value = String(value);
    if (!typing && number.value !== short(value)) number.value = short(value);
  };
  number.addEventListener("input", () => { typing = true; });
  range.addEventListener("input", () => { number.value = short(Number(range.value)); live(Number(range.value), true); });
  range.addEventListener("change", () => live(Number(range.value), false));
  range.addEventListener("dblclick", () => { set(usual); live(usual, false); });
  number.addEventListener("change", () => {
    typing = false; // what it became is shown: a number that is too large is cut
    if (number.value !== "" && Number.isFinite(Number(number.value))) live(Number(number.value), false); else set(Number(range.value));
  });
  set(usual);
  return { element, set };
}

export class Knobs {
  element = h("aside", { class: "knobs", "aria-label": "Controls" });
  #pressed = false; #typed = null; #late = false;

  constructor(play) {
    this.play = play;
    const freed = () => { this.#pressed = false; this.#let(); };
    this.element.addEventListener("pointerdown", () => {
      this.#pressed = true;
      for (const end of ["pointerup", "pointercancel"]) addEventListener(end, freed, { once: true });
    });
    this.element.addEventListener("input", ({ target }) => { if (target.type === "number") this.#typed = target; });
    this.element.addEventListener("change", () => { this.#typed = null; this.#let(); });
    this.element.addEventListener("focusout", () => this.#let());
    this.build();
  }

  /** What is under a hand, or half typed, stays until it is let go. */
  get #held() { return this.#pressed || (this.#typed !== null && this.#typed === document.activeElement); }

  /** Build what had to wait, after the click that let go of it has reached its button. */
  #let() { setTimeout(() => { if (this.#late) this.build(); }); }

  build() {
    this.#late = this.#held;
    if (this.#late) return;
    const { play } = this, back = this.#kept(), { facts, place } = play, can = (name) => facts.sampling.includes(name);
    this.follows = [];
    const parts = [this.seed(), facts.labels.length ? this.classes() : null, this.daring(), this.directions()];
    if (can("seconds") || can("fps") || can("motion") || can("loop")) parts.push(this.time(can));
    if (facts.layers > 1) parts.push(this.mixing());
    parts.push(this.mine());
    this.element.replaceChildren(...parts.filter(Boolean));
    back();
    if (place) this.follow();
  }

  /** Open folds, the axes of the pad and what has the focus: what brings them back when all is built anew. */
  #kept() {
    const folds = new Set([...this.element.querySelectorAll("details[open] > summary")].map((fold) => fold.textContent));
    const axes = this.pad?.axes, focus = heldIn(this.element);
    return () => {
      for (const fold of this.element.querySelectorAll("summary")) fold.parentElement.open = folds.has(fold.textContent);
      if (axes && this.pad.element.isConnected) this.pad.axes = axes;
      focus();
    };
  }

  follow() { for (const follow of this.follows) follow(this.play.place.now); }

  /** The address of a parameter, by which a knob of a controller finds it. */
  address(field, key) { return this.play.facts.parameters?.find((p) => p.field === field && p.key === key)?.address; }

  group(title, ...kids) { return h("section", { class: "group" }, h("h2", {}, title), ...kids); }

  seed() {
    const { place } = this.play, id = fresh("seed");
    const box = h("input", { id, type: "number", min: "0", max: String(MOST_SEED), step: "1", onchange: () => {
      const seed = box.value === "" ? place.now.seed : Math.min(MOST_SEED, Math.max(0, Math.floor(Number(box.value)) || 0));
      typing = false;
      place.change({ seed, projected: null });
    }, oninput: () => { typing = true; } });
    let typing = false;
    this.follows.push((now) => { if (!typing) box.value = String(now.seed); });
    const step = (by, text) => h("button", { type: "button", class: "small", "aria-label": text, onclick: () => place.change({ seed: Math.min(MOST_SEED, Math.max(0, place.now.seed + by)), projected: null }) }, by < 0 ? "←" : "→");
    return this.group("Seed", h("div", { class: "row" }, step(-1, "The seed before"), h("label", { class: "unseen", for: id }, "Seed"), box, step(1, "The next seed")),
      h("p", { class: "help" }, "The same number gives the same work again."));
  }

  classes() {
    const { facts, place } = this.play, names = facts.labels;
    const pick = (label) => h("button", { type: "button", class: "chip", onclick: () => place.change({ label }) });
    const chips = [[{}, "by turns"], ...names.map((name) => [{ [name]: 1 }, name])].map(([label, text]) => {
      const chip = pick(label);
      chip.textContent = text;
      this.follows.push((now) => chip.setAttribute("aria-pressed", String(JSON.stringify(clean(now.label)) === JSON.stringify(label))));
      return chip;
    });
    const share = (name, value, live) => {
      const label = { ...Object.fromEntries(names.map((n) => [n, place.now.label[n] ?? 0])), [name]: value };
      if (Object.values(label).some(Boolean)) place.change({ label }, live);
    };
    const sliders = names.map((name) => {
      const made = slider({ name, address: this.address("label", name), least: 0, most: 1, step: 0.01, usual: 0, live: (value, live) => share(name, Math.max(0, value), live), aria: `share of ${name}` });
      this.follows.push((now) => made.set(now.label[name] ?? 0));
      return made.element;
    });
    const mix = names.length < 2 ? null : h("details", {}, h("summary", {}, "Mix them"),
      names.length === 3 ? triangle(names, place, this.follows) : null, sliders);
    return this.group("Kind", h("div", { class: "chips", role: "group", "aria-label": "Kind" }, chips), mix);
  }

  daring() {
    const { place } = this.play;
    const made = slider({ name: "Daring", address: "/daring", least: 0, most: 1.5, step: 0.01, usual: 1, live: (value, live) => place.change({ truncation: Math.min(2, Math.max(0, value)) }, live),
      help: "Towards 0 ever closer to the typical; 1 is the full variety." });
    this.follows.push((now) => made.set(now.truncation));
    return h("section", { class: "group" }, made.element);
  }

  directions() {
    const { facts, place, run } = this.play;
    if (!facts.directions.length) return null;
    const strength = (d) => Math.max(0, ...d.effects.map((e) => Math.abs(e.strength)));
    const sorted = [...facts.directions].sort((a, b) => strength(b) - strength(a));
    const rows = sorted.map((d) => {
      const made = slider({ name: title(d), way: d.name, address: this.address("moves", d.name), least: -WIDE, most: WIDE, step: 0.05, usual: 0, help: effects(d), live: (value, live) => place.move(d.name, seen(d, Math.min(20, Math.max(-20, value))), live) });
      this.follows.push((now) => made.set(seen(d, now.moves[d.name] ?? 0)));
      return made.element;
    });
    const state = facts.measured ? null : h("p", { class: "help" }, facts.state === "running" ? "What each slider changes is measured when the learning is done." : facts.measuring ? "What each slider changes is being measured; names come by themselves."
      : "These directions have no names for the newest weights. ", facts.measuring || facts.state === "running" ? null
      : h("button", { type: "button", class: "link", onclick: (event) => attempt(() => post(`/api/runs/${run}/measure`), event.currentTarget) }, "Measure what they change"));
    this.pad = new Pad(this.play, sorted, this.follows);
    return this.group("Change it", state, rows.slice(0, SHOWN), this.pad.element,
      rows.length > SHOWN ? h("details", {}, h("summary", {}, `${count(rows.length - SHOWN, "more direction")}`), rows.slice(SHOWN)) : null,
      h("button", { type: "button", class: "link", onclick: () => place.change({ moves: {} }) }, "All back to the middle"));
  }

  time(can) {
    const { facts, place } = this.play, kids = [];
    if (can("seconds")) {
      const usual = facts.usual.seconds ?? 2;
      const made = slider({ name: "Seconds", least: 1, most: 30, step: 0.5, usual, live: (value, live) => { if (!live) place.change({ seconds: Math.min(3600, Math.max(0.5, value)) }); } });
      this.follows.push((now) => made.set(now.seconds ?? usual));
      kids.push(made.element);
    }
    if (can("fps")) {
      const made = slider({ name: "Frames a second", least: 4, most: 60, step: 1, usual: facts.usual.fps, live: (value, live) => { if (!live) place.change({ fps: Math.min(240, Math.max(1, value)) }); } });
      this.follows.push((now) => made.set(now.fps ?? facts.usual.fps));
      kids.push(made.element);
    }
    if (can("loop")) {
      const box = h("input", { type: "checkbox", onchange: () => place.change({ loop: box.checked }) });
      this.follows.push((now) => { box.checked = now.loop; });
      kids.push(h("label", { class: "check" }, box, " Loop without a seam"));
    }
    if (can("motion")) {
      const other = h("button", { type: "button", class: "small", onclick: () => place.change({ motion: Math.floor(Math.random() * 1e6) }) }, "Another motion");
      const own = h("button", { type: "button", class: "small", onclick: () => place.change({ motion: null }) }, "Its own");
      this.follows.push((now) => { own.disabled = now.motion === null; });
      kids.push(h("div", { class: "row" }, other, own));
    }
    return this.group("Time", kids);
  }

  mixing() {
    const { facts, place } = this.play, id = fresh("mix"), last = facts.layers - 1;
    const box = h("input", { id, type: "number", min: "0", step: "1", placeholder: "none", onchange: () => set() });
    const from = h("input", { type: "range", min: "0", max: String(last), step: "1", value: "1", "aria-label": "From which layer on the style is taken, coarse to fine", oninput: () => set() });
    const set = () => place.change({ mix: box.value === "" ? null : { seed: Math.max(0, Math.floor(Number(box.value)) || 0), first: Number(from.value), last: null } });
    const none = h("button", { type: "button", class: "small", onclick: () => place.change({ mix: null }) }, "None");
    this.follows.push((now) => {
      if (document.activeElement !== box) box.value = now.mix ? String(now.mix.seed) : "";
      from.value = String(now.mix?.first ?? Math.min(1, last));
      from.disabled = none.disabled = !now.mix;
    });
    return h("details", { class: "group" }, h("summary", {}, "Mix in the style of another seed"),
      h("div", { class: "row" }, h("label", { for: id }, "Its seed"), box, none),
      h("div", { class: "row ends" }, h("span", {}, "all of it"), from, h("span", {}, "fine traits")),
      h("p", { class: "help" }, "Or drag a small work onto the large one."));
  }

  /** Works of one's own that were found in this space, and a way to bring one, for who cannot drag it onto the large work. */
  mine() {
    const { facts, place } = this.play, id = fresh("own");
    const chips = (facts.projected ?? []).map((name) => {
      const chip = h("button", { type: "button", class: "chip", onclick: () => place.change({ projected: place.now.projected === name ? null : name }) }, name);
      this.follows.push((now) => chip.setAttribute("aria-pressed", String(now.projected === name)));
      return chip;
    });
    const input = h("input", { id, type: "file", class: "unseen", onchange: () => { const [file] = input.files; if (file) takeFile(this.play, file); input.value = ""; } });
    return this.group("Yours", chips.length ? h("div", { class: "chips" }, chips) : null,
      h("p", { class: "help" }, "A saved file leads back to where it was made; for any other the nearest work is looked for. Or drag it onto the large work."),
      h("div", { class: "actions" }, input, h("label", { for: id, class: "button small" }, "Open a file")));
  }
}

const clean = (label) => Object.fromEntries(Object.entries(label).filter(([, share]) => share > 0));
function effects(d) {
  const words = d.effects.filter((e) => e.name.replaceAll(" ", "-") !== d.called).map((e) => `${seen(d, e.strength) > 0 ? "more" : "less"} ${e.name}`);
  return words.length ? `${d.called ? "also " : ""}${words.join(", ")}` : null;
}
