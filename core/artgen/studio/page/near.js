// Small works around the large one: a step along each direction, or other seeds. A click goes there.

import { h } from "./dom.js";
import { line } from "./net.js";
import { full, randomSeed, seen, title, words } from "./state.js";
import { thumbnail } from "./views.js";

const COUNT = 12, STEP = 1.5;

export class Near {
  #tiles = []; #generation = 0; #states = []; #seeds = null;

  constructor(play) {
    this.play = play;
    this.mode = play.facts.directions.length ? "near" : "seeds";
    const tab = (mode, text) => h("button", { type: "button", class: "chip", onclick: () => { this.mode = mode; this.refresh(); } }, text);
    this.tabs = { near: tab("near", "One step away"), seeds: tab("seeds", "Other seeds") };
    this.tabs.near.hidden = !play.facts.directions.length;
    this.box = h("div", { class: "tiles" });
    this.left = new Set();
    this.element = h("section", { class: "near", "aria-label": "Works nearby" }, h("div", { class: "chips" }, h("h2", {}, "Nearby"), this.tabs.near, this.tabs.seeds), this.box);
    this.lay(); // before their works come, so that nothing below them moves then
  }

  /** Other works will be shown soon. */
  expect() { if (this.element.dataset.busy !== "true") this.element.dataset.busy = "true"; }

  refresh() {
    const wanted = this.lay();
    this.#seeds = null; // the next ones are others
    this.#generation += 1;
    this.left = new Set(wanted.keys());
    this.element.dataset.busy = String(wanted.length > 0);
    line.say({ op: "forget", run: this.play.run, group: "near" });
    wanted.forEach(({ state }, tag) => line.say({ op: "small", group: "near", run: this.play.run, seq: this.#generation, tag, state }));
  }

  /** A tile with its words for each work that is wanted now; these works. */
  lay() {
    for (const [mode, tab] of Object.entries(this.tabs)) tab.setAttribute("aria-pressed", String(mode === this.mode));
    const wanted = this.mode === "near" ? this.around() : this.elsewhere();
    wanted.forEach(({ state, text }, tag) => {
      const tile = this.#tiles[tag] ??= this.tile(tag);
      this.#states[tag] = state;
      tile.caption.textContent = text;
      tile.button.setAttribute("aria-label", `${text}: ${words(state, this.play.facts)}`);
      tile.cell.hidden = false;
    });
    this.#tiles.slice(wanted.length).forEach(({ cell }) => { cell.hidden = true; });
    return wanted;
  }

  tile(tag) {
    const canvas = h("canvas", { width: 8, height: 8 }), caption = h("span");
    const button = h("button", { type: "button", class: "tile", onclick: () => this.play.place.change(this.#states[tag]) }, canvas, caption);
    const cell = h("div", { draggable: "true", ondragstart: (event) => event.dataTransfer.setData("application/x-artgen", JSON.stringify(this.#states[tag])) }, button); // a button itself cannot be dragged everywhere
    this.box.append(cell);
    return { cell, button, canvas, caption };
  }

  around() {
    const { facts, place: { now } } = this.play;
    const strength = (d) => Math.max(0, ...d.effects.map((e) => Math.abs(e.strength)));
    const chosen = [...facts.directions].sort((a, b) => strength(b) - strength(a)).slice(0, COUNT / 2);
    return chosen.flatMap((d) => [STEP, -STEP].map((step) => {
      const moves = { ...now.moves, [d.name]: Number(((now.moves[d.name] ?? 0) + seen(d, step)).toFixed(2)) };
      if (!moves[d.name]) delete moves[d.name];
      return { state: full({ ...now, moves }), text: `${step > 0 ? "+" : "−"} ${title(d)}` };
    }));
  }

  elsewhere() {
    this.#seeds ??= Array.from({ length: COUNT }, randomSeed); // places that were laid before their works keep their words
    return this.#seeds.map((seed) => ({ state: full({ ...this.play.place.now, seed, projected: null }), text: `seed ${seed}` }));
  }

  hear({ head, data }) {
    const tile = this.#tiles[head.tag];
    if (head.seq !== this.#generation || !tile) return;
    thumbnail(tile.canvas, { head, data }, tile.button);
    this.left.delete(head.tag);
    if (!this.left.size) this.element.dataset.busy = "false";
  }
}
