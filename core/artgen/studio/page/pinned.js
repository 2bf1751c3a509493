// Starred works while a run learns: the same places, drawn again with the newest weights.

import { h } from "./dom.js";
import { ask, line } from "./net.js";
import { words } from "./state.js";
import { thumbnail } from "./views.js";

const MOST = 12;

export class Pinned {
  #works = []; #canvases = []; #generation = 0; #key = "";

  constructor(run) {
    this.run = run;
    this.list = h("ul", { class: "strip" });
    this.element = h("section", { "aria-label": "Your stars", hidden: true }, h("h2", {}, "Your stars, with the newest weights"), this.list);
    this.heard = ({ detail: { head, data } }) => {
      if (head.run !== run) return;
      if (head.kind === "renewed") this.draw();
      else if (head.kind === "kept") this.look().catch(() => {}); // the next look will do
      else if (head.small && head.group === "fav" && head.seq === this.#generation && this.#canvases[head.tag]) {
        thumbnail(this.#canvases[head.tag], { head, data });
        if (head.tag === this.#canvases.length - 1) this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
      }
    };
    line.addEventListener("heard", this.heard);
    line.addEventListener("open", this.again = () => this.draw());
  }

  /** What is starred now. */
  async look() {
    const { favorites } = await ask(`/api/runs/${this.run}/favorites`);
    const key = favorites.map(({ id }) => id).join();
    if (key === this.#key) return;
    this.#key = key;
    this.#works = favorites.slice(-MOST);
    this.element.hidden = !this.#works.length;
    this.#canvases = this.#works.map(() => h("canvas", { width: 8, height: 8, role: "img" }));
    this.list.replaceChildren(...this.#works.map(({ state }, k) => {
      this.#canvases[k].setAttribute("aria-label", words(state, null));
      return h("li", {}, h("div", { class: "tile", title: words(state, null) }, this.#canvases[k]));
    }));
    this.draw();
  }

  draw() {
    this.#generation += 1;
    this.#works.forEach(({ state }, tag) => line.say({ op: "small", group: "fav", run: this.run, seq: this.#generation, tag, state }));
  }

  close() {
    line.removeEventListener("heard", this.heard);
    line.removeEventListener("open", this.again);
  }
}
