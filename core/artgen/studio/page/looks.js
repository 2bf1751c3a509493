// A glance at works that were dropped, as far as a browser can show them, and what of them is not used.

import { count, h } from "./dom.js";
import { picture } from "./still.js";

const MOST = 8, LARGEST = 4e7; // bytes of a file

/** Small pictures of the first of `files`, and how many more there are; names where a browser shows none of them. */
export function looks(files) {
  files = [...files].sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
  const box = h("div", { class: "looks", "aria-hidden": "true" }), pictures = files.filter(({ file }) => /^(image|video)\//.test(file.type) && file.size < LARGEST);
  for (const { file } of pictures.slice(0, MOST)) {
    const src = URL.createObjectURL(file), gone = () => URL.revokeObjectURL(src);
    const bad = (event) => { gone(); event.target.remove(); };
    box.append(file.type.startsWith("image/") ? picture(src, { alt: "", onload: gone, onerror: bad }, file.type, false) : h("video", { src, muted: true, preload: "metadata", onloadeddata: gone, onerror: bad }));
  }
  const shown = Math.min(MOST, pictures.length), names = shown ? "" : files.slice(0, 3).map(({ path }) => path).join(", ");
  const more = files.length - (shown || Math.min(3, files.length));
  if (names || more) box.append(h("span", {}, [names, more ? `${more.toLocaleString("en")} more` : null].filter(Boolean).join(", ")));
  return box;
}

/** What of the works is not used, and why, in sentences that begin with a space. `others`: files of another kind. */
export function lost(skipped, partly, others, what = "") {
  const first = ([{ name, reason }]) => `(${name}: ${reason})`;
  const bad = skipped.length ? ` ${count(skipped.length, "file")} ${what}cannot be used ${first(skipped)}.` : "";
  const part = partly.length ? ` ${count(partly.length, "file")} ${what}${partly.length === 1 ? "is" : "are"} used in part ${first(partly)}.` : "";
  return `${bad}${part}${others > 0 ? ` ${count(others, "other file")} ${what}of another kind ${others === 1 ? "is" : "are"} left out.` : ""}`;
}
