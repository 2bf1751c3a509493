// Two directions at once under one finger, and three classes in a triangle. Both only repeat what sliders do as well.

import { fresh, h } from "./dom.js";
import { seen, title } from "./state.js";

const REACH = 3; // standard deviations

export class Pad {
  #dot = h("span", { class: "dot" });
  #area = h("div", { class: "pad", "aria-hidden": "true" }, this.#dot);

  constructor({ place }, directions, follows) {
    this.place = place;
    const select = (name, at) => {
      const id = fresh("axis");
      const box = h("select", { id, onchange: () => this.follow(place.now) }, directions.map((d, i) => h("option", { value: d.name, selected: i === at }, title(d))));
      return { box, row: h("div", { class: "row" }, h("label", { for: id }, name), box) };
    };
    const across = select("across", 0), up = select("up", Math.min(1, directions.length - 1));
    Object.assign(this, { across: across.box, up: up.box });
    this.element = h("details", { class: "padbox" }, h("summary", {}, "Two at once, with a pad"), this.#area, across.row, up.row);
    this.element.addEventListener("toggle", () => this.follow(place.now));
    this.of = (name) => directions.find((d) => d.name === name);
    surface(this.#area, (x, y, live) => {
      const at = (name, share) => ({ [name]: seen(this.of(name), round(share * REACH)) });
      const moves = { ...place.now.moves, ...at(this.across.value, x * 2 - 1), ...at(this.up.value, 1 - y * 2) };
      place.change({ moves }, live);
    });
    follows.push((now) => this.follow(now));
  }

  /** The directions across and up, by name; what is none any more changes nothing. */
  get axes() { return [this.across.value, this.up.value]; }
  set axes(names) { [this.across, this.up].forEach((box, k) => { if (this.of(names[k])) box.value = names[k]; }); }

  follow({ moves }) {
    if (!this.element.open) return;
    const at = (name) => Math.min(1, Math.max(0, (seen(this.of(name), moves[name] ?? 0) / REACH + 1) / 2));
    this.#dot.style.setProperty("left", `${at(this.across.value) * 100}%`);
    this.#dot.style.setProperty("top", `${(1 - at(this.up.value)) * 100}%`);
  }
}

/** A surface that follows the pointer: `tell(x, y, live)` with both in [0, 1]. */
function surface(area, tell) {
  let held = false;
  const where = (event, live) => {
    const box = area.getBoundingClientRect(), inside = (value) => Math.min(1, Math.max(0, value));
    tell(inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height), live);
  };
  area.addEventListener("pointerdown", (event) => { held = true; area.setPointerCapture(event.pointerId); where(event, true); });
  area.addEventListener("pointermove", (event) => { if (held) where(event, true); });
  area.addEventListener("pointerup", (event) => { if (held) { held = false; where(event, false); } });
}

const round = (value) => Number(value.toFixed(2));

/** Three classes at the corners: the nearer, the more. */
export function triangle(names, place, follows) {
  const dot = h("span", { class: "dot" });
  const corners = [[0.5, 0.08], [0.06, 0.9], [0.94, 0.9]];
  const area = h("div", { class: "pad corners", "aria-hidden": "true" }, dot, names.map((name, k) => h("span", { class: `corner c${k}` }, name)));
  surface(area, (x, y, live) => {
    const [[ax, ay], [bx, by], [cx, cy]] = corners, d = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
    const a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) / d, b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) / d;
    const shares = [a, b, 1 - a - b].map((share) => Math.max(0, share)), all = shares.reduce((s, v) => s + v, 0);
    place.change({ label: Object.fromEntries(names.map((name, k) => [name, round(shares[k] / all)])) }, live);
  });
  follows.push(({ label }) => {
    const shares = names.map((name) => label[name] ?? 0), all = shares.reduce((s, v) => s + v, 0);
    const at = (axis) => all ? corners.reduce((s, corner, k) => s + corner[axis] * shares[k] / all, 0) : [0.5, 0.63][axis];
    dot.style.setProperty("left", `${at(0) * 100}%`);
    dot.style.setProperty("top", `${at(1) * 100}%`);
  });
  return area;
}
