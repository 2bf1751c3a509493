// Starred works of a run: kept in the run folder, shown as a strip, walked through.

import { attempt, count, h, toast } from "./dom.js";
import { openWalk, saveWorks } from "./make.js";
import { ask, line, post } from "./net.js";
import { same, words } from "./state.js";
import { thumbnail } from "./views.js";

export class Favorites {
  #generation = 0; #canvases = [];

  constructor(play, works) {
    this.play = play;
    this.works = works;
    this.list = h("ul", { class: "strip" });
    this.tools = h("div", { class: "tools" });
    this.element = h("section", { class: "favorites", "aria-label": "Favorites" }, this.list, this.tools);
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

  set(works) { this.works = works; this.build(); this.follow(); }

  go(index) { if (this.works[index]) this.play.place.change(this.works[index].state); }

  follow() {
    const { star } = this.play;
    if (!star) return;
    star.textContent = this.mine ? "★ Starred" : "☆ Star";
    star.setAttribute("aria-pressed", String(Boolean(this.mine)));
  }

  build() {
    const { play, works } = this;
    this.element.hidden = !works.length;
    this.#canvases = works.map(() => h("canvas", { width: 8, height: 8 }));
    this.list.replaceChildren(...works.map(({ id, state }, k) => {
      const text = words(state, play.facts);
      return h("li", {}, h("button", { type: "button", class: "tile", title: text, "aria-label": `Favorite ${k + 1}: ${text}`, draggable: "true", onclick: () => this.go(k),
        ondragstart: (event) => event.dataTransfer.setData("application/x-artgen", JSON.stringify(state)) }, this.#canvases[k]),
      h("button", { type: "button", class: "away", "aria-label": `Remove favorite ${k + 1}`, onclick: () => this.remove(id) }, "✕"));
    }));
    const states = works.map(({ state }) => state);
    this.tools.replaceChildren(h("h2", {}, count(works.length, "favorite")),
      play.facts.walks && works.length > 1 ? h("button", { type: "button", class: "small", onclick: () => openWalk(play, states) }, "Walk from one to the next") : "",
      h("button", { type: "button", class: "small", onclick: (event) => saveWorks(play, states.slice(0, 60), event.currentTarget) }, "Save all"));
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
