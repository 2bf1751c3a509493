// Takes of a run: what was recorded, each as a file that is made beside the playing.

import { attempt, h, heldIn, single } from "./dom.js";
import { make } from "./making.js";
import { showMade } from "./make.js";

export class Takes {
  #radios = new Map(); // the run whose radio played in a take that this page has recorded

  constructor(play) {
    this.play = play;
    this.names = play.facts.takes;
    this.list = h("ul", { class: "takes" });
    this.element = h("div", { hidden: true }, h("h3", {}, "Takes"), this.list);
    this.build();
  }

  /** One more. `radio`: the run whose music played in it. */
  add(name, radio = null) {
    if (radio) this.#radios.set(name, radio);
    this.names = [name, ...this.names.filter((other) => other !== name)];
    this.build();
  }

  build() {
    const focus = heldIn(this.list), what = single(this.play.facts.plugin) === "piece" ? "piece" : "film";
    this.element.hidden = !this.names.length;
    this.list.replaceChildren(...this.names.map((name) => h("li", {}, name, " ",
      h("button", { type: "button", class: "small", "aria-label": `Make a ${what} of ${name}`, onclick: (event) => this.film(name, event.currentTarget) }, `Make a ${what}`))));
    focus();
  }

  async film(take, button) {
    const { play } = this, said = button.textContent;
    button.textContent = "Being made …";
    const found = await attempt(() => make(`/api/runs/${play.run}/film`, {
      take, radio: this.#radios.get(take) ?? null, enlarge: Number(play.size?.value ?? 0) || null, flashes: !play.stage.calm,
    }), button);
    button.textContent = said;
    if (found) showMade(take, found.files, play.view);
  }
}
