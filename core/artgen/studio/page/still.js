// Less motion, where the system of the person asks for it: what would move by itself waits until it is started.

import { h } from "./dom.js";

export const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** Scroll no farther than until all of an element is seen. */
export const nearer = (element) => element.scrollIntoView({ block: "nearest", behavior: STILL.matches ? "auto" : "smooth" });

/** A picture. One that may move shows how it begins where less motion is asked for, with a button that plays it.
 * `props`: of the `img`. `name`: its file or kind, which says whether it may move. `plays`: whether there is room for the button. */
export function picture(src, props = {}, name = src, plays = true) {
  const image = h("img", { ...props, src });
  if (!STILL.matches || !/[./](gif|webp|apng)$/i.test(name)) return image;
  const canvas = h("canvas", { role: props.alt ? "img" : null, "aria-label": props.alt || null, "aria-hidden": props.alt ? null : "true", class: props.class });
  const button = h("button", { type: "button", class: "small", onclick: () => {
    const moves = image.isConnected;
    if (moves) image.replaceWith(canvas); else canvas.replaceWith(image);
    button.textContent = moves ? "Play" : "Stop";
  } }, "Play");
  image.loading = "eager"; // it is not on the page yet
  image.addEventListener("load", () => {
    Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
    canvas.getContext("2d").drawImage(image, 0, 0); // its first frame
  }, { once: true });
  image.addEventListener("error", () => canvas.remove(), { once: true });
  return plays ? h("div", { class: "still" }, canvas, button) : canvas;
}
