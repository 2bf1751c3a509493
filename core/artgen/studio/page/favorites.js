// Starred works of a run: kept in the run folder, shown as a strip, walked through.

import { attempt, count, h, heldIn, toast } from "./dom.js";
import { saveWorks } from "./make.js";
import { ask, line, post } from "./net.js";
import { full, same, words } from "./state.js";
import { thumbnail } from "./views.js";

export class Favorites {
  #generation = 0; #canvases = []; #kept = null;

  constructor(play, works) {
    this.play = play;
    this.works = works;
    this.list = h("ul", { class: "strip" });
    this.tools = h("div", { class: "tools" });
    this.slots = h("div", { class: "chips", role: "group", "aria-label": "Presets" });
    this.element = h("section", { class: "favorites", "aria-label": "Favorites" }, this.tools, this.list);
    this.shelf = h("section", { class: "presets", "aria-label": "Presets" }, h("h2", {}, "Presets"), this.slots);
    this.presets = play.facts.presets;
    line.addEventListener("open", () => this.element.isConnected && this.draw());
    this.build();
  }

  get mine() { return this.works.find(({ state }) => same(state, this.play.place.now)); }

  async star() {
    const { run, place, facts } = this.play, mine = this.mine;
    const found = await attempt(() => mine ? ask(`/api/runs/${run}/favorites/${mine.id}`, { method: "DELETE" })
      : post(`/api/runs/${run}/favorites`, { state: place.now, seen: facts.seen }));
    if (!found) return;
    toast(mine ? "No longer among your favorites." : "Kept among your favorites.");
    this.set(found.favorites);
  }

  async remove(id) {
    const found = await attempt(() => ask(`/api/runs/${this.play.run}/favorites/${id}`, { method: "DELETE" }));
    if (found) this.set(found.favorites);
  }

  /** Stars or presets that were changed: here, which changes nothing any more, or on another page. */
  kept({ favorites = this.works, presets = this.presets }) {
    if (JSON.stringify(presets) !== JSON.stringify(this.presets)) { this.presets = presets; this.follow(); }
    if (JSON.stringify(favorites) !== JSON.stringify(this.works)) this.set(favorites);
  }

  set(works) { this.works = works; this.build(); this.follow(); }

  /** What a digit recalls: what was kept under it, else the star of that number. */
  go(key) {
    const state = this.presets[key] ?? this.works[key - 1]?.state;
    if (state) this.play.jump(full(state));
    else toast(`Nothing is kept under ${key} yet. Shift and ${key} keeps this work there.`);
  }

  /** Keep what is played under a digit; a preset that is there already is empty then where `state` is null. */
  async keep(key, state = this.play.place.now) {
    const found = await attempt(() => ask(`/api/runs/${this.play.run}/presets/${key}`, { method: "PUT", json: { state } }));
    if (!found) return;
    this.presets = found.presets;
    toast(state ? `Kept under ${key}.` : `${key} is empty again.`);
    this.follow();
  }

  #fill() {
    this.#kept = this.presets;
    const focus = heldIn(this.slots);
    this.slots.replaceChildren(...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((key) => this.slot(key)));
    focus();
  }

  slot(key) {
    const kept = this.presets[key];
    return h("button", { type: "button", class: `chip slot ${kept ? "full" : ""}`, title: kept ? `${words(kept, this.play.facts)} – with Shift: keep this work here instead` : "keep this work here",
      "aria-label": kept ? `Preset ${key}: ${words(kept, this.play.facts)}` : `Keep this work as preset ${key}`, 
      onclick: (event) => (kept && !event.shiftKey ? this.go(key) : this.keep(key)),
      onkeydown: (event) => { if (kept && (event.key === "Delete" || event.key === "Backspace")) this.keep(key, null); } }, String(key));
  }

  follow() {
    if (this.#kept !== this.presets) this.#fill();
    [...this.slots.children].forEach((slot, k) => slot.setAttribute("aria-pressed", String(Boolean(this.presets[k + 1] && same(this.presets[k + 1], this.play.place.now)))));
    const { star } = this.play;
    if (!star) return;
    star.textContent = this.mine ? "★ Starred" : "☆ Star";
    star.setAttribute("aria-pressed", String(Boolean(this.mine)));
  }

  build() {
    const { play, works } = this, focus = heldIn(this.list);
    this.element.hidden = !works.length;
    this.#canvases = works.map(() => h("canvas", { width: 8, height: 8 }));
    this.list.replaceChildren(...works.map(({ id, state }, k) => {
      const text = words(state, play.facts);
      return h("li", { draggable: "true", ondragstart: (event) => event.dataTransfer.setData("application/x-artgen", JSON.stringify(state)) },
        h("button", { type: "button", class: "tile", title: text, "aria-label": `Favorite ${k + 1}: ${text}`, onclick: () => this.play.place.change(state) }, this.#canvases[k]),
      h("button", { type: "button", class: "away", "aria-label": `Remove favorite ${k + 1}`, onclick: () => this.remove(id) }, "✕"));
    }));
    const states = works.map(({ state }) => state);
    this.tools.replaceChildren(h("h2", {}, count(works.length, "favorite")),
      play.facts.walks && works.length > 1 ? h("button", { type: "button", class: "small", onclick: () => play.timeline.set(states) }, "Walk from one to the next") : "",
      h("button", { type: "button", class: "small", onclick: (event) => saveWorks(play, states.slice(0, 60), event.currentTarget) }, "Save all"));
    focus(this.list, play.star);
    this.draw();
  }

  draw() {
    this.#generation += 1;
    this.works.slice(0, 64).forEach(({ state }, tag) => line.say({ op: "small", group: "fav", run: this.play.run, seq: this.#generation, tag, state }));
  }

  hear({ head, data }) {
    if (head.seq === this.#generation && this.#canvases[head.tag]) thumbnail(this.#canvases[head.tag], { head, data }, this.#canvases[head.tag].parentElement);
  }
}
