// A glance at works that were dropped, as far as a browser can show them, and what of them is not used.

import { count, h } from "./dom.js";
import { picture } from "./still.js";

const MOST = 8, LARGEST = 4e7, LISTED = 200; // small pictures; bytes of a file; files with a reason

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

/** Every file that is not used, or in part, with the reason; folded, and hidden where `reasons` has one alone, which the sentence names. */
export function unused(reasons) {
  return h("details", { hidden: reasons.length < 2 }, h("summary", {}, "Which files, and why"),
    h("ul", { class: "notes" }, reasons.slice(0, LISTED).map(({ name, reason }) => h("li", {}, `${name}: ${reason}`)), reasons.length > LISTED ? h("li", {}, `${(reasons.length - LISTED).toLocaleString("en")} more`) : null));
}

/** What of the works is not used, and why, in sentences that begin with a space. `others`: files of another kind. */
export function lost(skipped, partly, others, what = "") {
  const first = ([{ name, reason }]) => `(${name}: ${reason})`;
  const bad = skipped.length ? ` ${count(skipped.length, "file")} ${what}cannot be used ${first(skipped)}.` : "";
  const part = partly.length ? ` ${count(partly.length, "file")} ${what}${partly.length === 1 ? "is" : "are"} used in part ${first(partly)}.` : "";
  return `${bad}${part}${others > 0 ? ` ${count(others, "other file")} ${what}of another kind ${others === 1 ? "is" : "are"} left out.` : ""}`;
}
