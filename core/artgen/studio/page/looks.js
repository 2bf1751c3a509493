// A glance at works that were dropped, as far as a browser can show them, and what of them is not used.

import { count, h } from "./dom.js";
import { picture } from "./still.js";

const MOST = 8, LARGEST = 4e7; // small pictures; bytes of a file

/** Small pictures of the first of `files`, and how many more there are; names where a browser shows none of them. */
export function looks(files) {
  files = [...files].sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
  const box = h("div", { class: "looks", "aria-hidden": "true" }), pictures = files.filter(({ file }) => /^(image|video)\//.test(file.type) && file.size < LARGEST);
  const rest = h("span");
  let shown = Math.min(MOST, pictures.length);
  const tell = () => {
    const names = shown ? "" : files.slice(0, 3).map(({ path }) => path).join(", "), more = files.length - (shown || Math.min(3, files.length));
    rest.textContent = [names, more ? `${more.toLocaleString("en")} more` : null].filter(Boolean).join(", ");
    rest.hidden = !rest.textContent;
  };
  for (const { file } of pictures.slice(0, MOST)) {
    const src = URL.createObjectURL(file), gone = () => URL.revokeObjectURL(src);
    const bad = (event) => { gone(); event.target.remove(); shown -= 1; tell(); };
    box.append(file.type.startsWith("image/") ? picture(src, { alt: "", onload: gone, onerror: bad }, file.type, false) : h("video", { src, muted: true, preload: "metadata", onloadeddata: gone, onerror: bad }));
  }
  tell();
  box.append(rest);
  return box;
}

/** Every file that is not used, or in part, with the reason; folded, and hidden where there is one alone, which the sentence names.
 * What the server counts, which is the same before a training and after it. */
export function unused({ unusable, part, other, rows }) {
  const all = unusable + part + other;
  return h("details", { hidden: all < 2 }, h("summary", {}, "Which files, and why"),
    h("ul", { class: "reasons" }, rows.map(({ name, reason }) => h("li", {}, `${name}: ${reason}`)), all > rows.length ? h("li", {}, `${(all - rows.length).toLocaleString("en")} more`) : null));
}

/** What of the works is not used, and why, in sentences that begin with a space. */
export function lost({ unusable, part, other, first }, what = "") {
  const why = ({ name, reason }) => `(${name}: ${reason})`;
  return (unusable ? ` ${count(unusable, "file")} ${what}cannot be used ${why(first.unusable)}.` : "") +
    (part ? ` ${count(part, "file")} ${what}${part === 1 ? "is" : "are"} used in part ${why(first.part)}.` : "") +
    (other ? ` ${count(other, "other file")} ${what}of another kind ${other === 1 ? "is" : "are"} left out.` : "");
}

/** What of the works never came to the studio, which copies nothing that no plugin reads. */
export const stayed = (left) => left ? ` ${count(left, "file")} of a kind that nothing here reads ${left === 1 ? "was" : "were"} not copied.` : "";
