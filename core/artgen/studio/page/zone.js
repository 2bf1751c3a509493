// A place to drop works on, or to choose them.

import { fresh, h, toast } from "./dom.js";
import { dropped, strip } from "./net.js";

/** `take` is given {files, title}, see `strip`, and what has the focus afterward. `folders`: a folder may be chosen, too. */
export function zone({ title, text, take, folders = true, more = "" }) {
  const taken = (works, from) => { if (works.files.length) take(works, from); else toast("That holds no files.", true); };
  const pick = (folder) => {
    const id = fresh("pick");
    const input = h("input", { id, type: "file", class: "unseen", multiple: true, webkitdirectory: folder || null, onchange: () => {
      taken(strip([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }))), input);
      input.value = ""; // the same folder may be chosen again
    } });
    return [input, h("label", { for: id, class: "button" }, folder ? "Choose a folder" : "Choose files")];
  };
  const box = h("div", { class: `zone ${more}`.trim() }, h("p", {}, h("strong", {}, title), h("br"), text), h("div", { class: "actions" }, folders ? pick(true) : null, pick(false)));
  box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", async (event) => {
    event.preventDefault();
    box.classList.remove("over");
    taken(await dropped(event.dataTransfer), box.querySelector("input"));
  });
  return box;
}
