// Works as files: save, walk, the command that does the same, and a file dropped back in.

import { attempt, count, dialog, h, toast } from "./dom.js";
import { ask, dropped, post, upload } from "./net.js";
import { make } from "./making.js";
import { ready, stays } from "./ready.js";
import { Place, full } from "./state.js";
import { STILL, picture } from "./still.js";

/** Write works as labelled files and hand them to the browser. A key that is held or pressed again writes the same only once;
 * another work is saved also while one is being written, as nothing would say that it was not. */
export async function saveWorks(play, states, button = null) {
  const { run, size, saving } = play, same = JSON.stringify([states, size?.value, play.facts.seen]);
  if (saving.has(same) || !button && same === play.saved) return;
  saving.add(same);
  const found = await attempt(() => post(`/api/runs/${run}/save`, { states, enlarge: Number(size?.value ?? 1) })); // the button stays for the next work
  saving.delete(same);
  if (!found) return;
  play.saved = same;
  const works = found.files, [{ name, path }] = works, folder = path.slice(0, path.lastIndexOf("/"));
  if (states.length === 1) fetchFile(works[0]);
  ready(`Saved in ${folder}: ${works.length === 1 ? name : count(works.length, "file")}.`, { name: works.length === 1 ? "See it" : "See them", act: () => showFiles("Saved", works), kind: "saved" });
}

/** What took a while: shown at once to a person who waits for it, else said to be ready. `view`: where it was asked for. */
export function showMade(title, files, view) {
  if (stays(view)) showFiles(title, files);
  else ready(`${title} is ready.`, { act: () => showFiles(title, files) });
}

function fetchFile({ href, name }) { h("a", { href: `${href}?save`, download: name }).click(); }

function showFiles(title, files) {
  dialog(title, h("ul", { class: "files" }, files.map((file) => h("li", {}, medium(file), h("a", { href: `${file.href}?save`, download: file.name }, file.name), h("code", {}, file.path)))),
    h("p", { class: "help" }, "Each file says in its metadata that it is machine-made, and how. Drop it back onto the large work to go on from there."));
}

function medium({ href, name }) {
  if (/\.(png|gif|webp|jpe?g)$/i.test(name)) return picture(href, { alt: "" });
  if (/\.(wav|mp3|ogg|flac)$/i.test(name)) return h("audio", { src: href, controls: true });
  if (/\.(mp4|webm)$/i.test(name)) return h("video", { src: href, controls: true, loop: true, muted: true, autoplay: !STILL.matches });
  return null;
}

export async function copyCommand({ run, place, view }) {
  const found = await attempt(() => post(`/api/runs/${run}/command`, { state: place.now }));
  if (!found || !stays(view)) return;
  const text = h("code", { class: "command", tabindex: "0" }, found.command);
  const copied = await navigator.clipboard?.writeText(found.command).then(() => true, () => false);
  dialog(copied ? "Copied" : "As a command", h("p", {}, "The same work from a terminal:"), text);
}

/** The large work takes small works (their style is mixed in), exported files (their place) and files of one's own. */
export function dropWork(frame, play) {
  const mark = (on) => frame.classList.toggle("over", on);
  frame.addEventListener("dragover", (event) => { event.preventDefault(); mark(true); });
  frame.addEventListener("dragleave", () => mark(false));
  frame.addEventListener("drop", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    mark(false);
    const small = event.dataTransfer.getData("application/x-artgen");
    if (small) { mixIn(play, JSON.parse(small)); return; }
    const { files: [first] } = await dropped(event.dataTransfer);
    if (first) takeFile(play, first.file);
  });
}

function mixIn(play, state) {
  if (state.projected) { play.place.change(state); return; } // its style is kept in a file and is no seed's
  if (play.facts.layers < 2) { toast("The works of this run have no styles to mix.", true); return; }
  play.place.change({ mix: { seed: state.seed, first: Math.min(2, play.facts.layers - 1), last: null } });
  toast(`The style of seed ${state.seed} is mixed in.`);
}

/** A file: back to its own place where it says it, else found in the space of the run. */
export async function takeFile(play, file) {
  const found = await attempt(() => ask("/api/recipe", { method: "POST", body: file }));
  if (!found) return;
  if (!found.state) { findFile(play, file); return; }
  play.place.change(full(found.state));
  const other = found.plugin && !found.plugin.startsWith(`${play.facts.plugin} `);
  toast(other ? "Made by another plugin; its seed and settings are taken all the same." : "Back to where this file was made.");
}

const at = ({ name }) => ({ projected: name, moves: {}, mix: null });

/** Offer a work that was found while its run was not played: the run is opened anew, there. `now`: where it was. */
export function offerFound(run, found, now = { seed: 0 }) {
  ready(`The work nearest to ${found.file} was found.`, { name: "Play with it", act: () => {
    new Place(run, now).change(at(found));
    if (location.hash === `#/play/${run}`) dispatchEvent(new Event("hashchange"));
    else location.hash = `#/play/${run}`;
  } });
}

function findFile(play, file) {
  const go = h("button", { type: "button", class: "main", autofocus: true }, "Find it");
  const note = h("p", {}, `${file.name} was not saved here. The studio can look for the work of this run that comes closest to it; then the sliders move that one. It takes a minute or so.`);
  const box = dialog("A work of your own", note, h("div", { class: "actions" }, go));
  go.addEventListener("click", async () => {
    note.textContent = "Looking for the nearest work. Playing goes on meanwhile; you can close this window.";
    const found = await attempt(async () => {
      const { drop, refused } = await upload([{ file, path: file.name }]);
      if (refused.length) throw new Error(refused[0].reason);
      return make(`/api/runs/${play.run}/project`, { drop });
    }, go);
    if (box.open) box.close();
    if (!found) return;
    if (!play.view.isConnected) { offerFound(play.run, { ...found, file: file.name }, play.place.now); return; }
    play.facts.projected = found.projected;
    play.knobs.build();
    play.place.change(at(found));
    toast("Found. Now the sliders move it.");
  });
}
