// The second heap of works that a training may have: the works of a style, toward which the others are moved.

import { attempt, count, h } from "./dom.js";
import { looks, lost, stayed } from "./looks.js";
import { copied } from "./net.js";
import { zone } from "./zone.js";

/** The place for them. `shipped`: what those that ship are called, "" where none do. `changed` hears that others are meant. */
export class Toward {
  #turn = 0;

  constructor(plugins, changed) {
    Object.assign(this, { plugins, changed, works: null, drop: null, left: 0, problem: "" });
    this.element = h("fieldset", { class: "toward", hidden: true });
  }

  /** Show it for a plugin's task, or not at all where the task has no style. */
  draw(plugin, { style }) {
    this.element.hidden = style === null;
    if (this.plugin !== plugin) this.forget();
    Object.assign(this, { plugin, shipped: style });
    if (style !== null) this.#draw();
  }

  /** What the server has to know. */
  get asked() { return this.element.hidden || !this.drop ? {} : { style: this.drop }; }

  /** Works are on their way; nothing can be said of them yet. */
  get waits() { return !this.element.hidden && this.works !== null && !this.drop; }

  /** What a plan says of them. */
  sentence({ files, items, unused, embedded }) {
    if (embedded) return ` The style is that of ${this.shipped}: ${count(files, "work")} that ship with artgen.`;
    const what = this.works.files.length === 1 ? this.works.title : `${count(files, "file")}${this.works.title ? ` in ${this.works.title}` : ""}`;
    return ` The style is that of ${what}${items && items !== files ? `, which ${files === 1 ? "gives" : "give"} ${count(items, "piece")}` : ""}.${lost(unused, "of the style ")}${stayed(this.left)}`;
  }

  forget() { this.#turn++; Object.assign(this, { works: null, drop: null, problem: "" }); }

  #draw() {
    const own = this.works;
    const text = own ? [own.title, count(own.files.length, "file")].filter(Boolean).join(": ") : this.shipped ? `${this.shipped}, which ships with artgen` : "none yet";
    this.line = h("p", { class: "chosen", role: "status" }, h("strong", {}, text));
    this.trouble = h("p", { class: "wrong", hidden: !this.problem, role: "alert" }, this.problem);
    const back = own && this.shipped ? h("button", { type: "button", onclick: () => this.back() }, `Take ${this.shipped} instead`) : null;
    this.element.replaceChildren(...[h("legend", {}, "The works of the style"), this.line, own ? looks(own.files) : null, this.trouble, back ? h("div", { class: "actions" }, back) : null,
      zone({ title: own ? "Drop others here" : "Drop the works of your style here", text: "works in the manner that yours shall have; many, or a single one", more: "low", take: (works) => attempt(() => this.take(works)) })].filter(Boolean));
  }

  back() {
    this.forget();
    this.#draw();
    this.element.querySelector("input").focus();
    this.changed();
  }

  async take(works) {
    this.forget();
    const mine = this.#turn;
    this.works = works;
    this.#draw();
    this.changed();
    const text = this.line.textContent;
    try {
      const { drop, left } = await copied(works, this.plugins, (said) => { if (mine === this.#turn) this.line.textContent = said; });
      if (mine !== this.#turn) return; // others were taken meanwhile
      Object.assign(this, { drop, left });
    } catch (error) {
      if (mine !== this.#turn) return;
      this.works = null;
      this.problem = error.message;
      this.#draw();
    }
    if (this.works) this.line.replaceChildren(h("strong", {}, text));
    this.changed();
  }
}
