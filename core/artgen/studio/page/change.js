// Works of one's own through a run that changes works: before and after, with a wipe.

import { CHANGES, attempt, count, dialog, h, plural, show, single, task } from "./dom.js";
import { make } from "./making.js";
import { ask, sentence, upload } from "./net.js";
import { ready } from "./ready.js";
import { STILL, picture } from "./still.js";
import { zone } from "./zone.js";

export async function change(run, current) {
  const story = await ask(`/api/runs/${run}`);
  if (!current()) return;
  if (!CHANGES.includes(story.task)) { location.replace(`#/${story.ready ? "play" : "learn"}/${run}`); return; } // it makes works from nothing
  const results = h("div", { class: "results", "aria-live": "polite" }), note = h("p", { class: "lead", role: "status" });
  const place = zone({ title: `Drop ${plural(story.plugin ?? "works").toLowerCase()} here`, text: "the files themselves are never changed", folders: false, take: (works) => take(works) });

  const take = ({ files }) => attempt(async () => {
    note.textContent = `${count(files.length, "file")} on the way …`;
    try {
      const { drop, came, refused } = await upload(files);
      if (!came) throw new Error(sentence(refused[0].reason));
      const found = await make(`/api/runs/${run}/apply`, { drop });
      note.textContent = `${count(found.pairs.length, single(story.plugin))} changed.${refused.length ? ` ${sentence(refused[0].reason)}` : ""}${found.said ? ` ${sentence(found.said)}` : ""}`;
      if (results.isConnected) results.prepend(...found.pairs.map(wipe));
      else offerChanged(note.textContent, story.called, found.pairs);
    } catch (error) {
      note.textContent = "";
      throw error;
    }
  });
  show(h("div", { class: "change" }, h("section", {}, h("h1", {}, story.called), h("p", { class: "lead" }, `This run has learned to ${story.style ? `move works toward ${story.style}` : task(story.task)}.`), place, note), results),
    { title: story.called, crumbs: [h("a", { href: `#/learn/${run}` }, story.called)] });
}

/** Offer works that were changed while their view was not shown. */
export const offerChanged = (text, title, pairs) => ready(text, { act: () => dialog(title, h("div", { class: "change" }, pairs.map(wipe))) });

/** One work before and after; pictures and films lie over each other. One that a browser cannot show as it was (`before`: null, or
 * what it does not know after all) is shown as it is now. */
export function wipe({ name, before, after }) {
  const caption = h("figcaption", {}, h("span", {}, name), h("a", { href: `${after}?save`, download: "" }, "Save"));
  const onerror = () => figure.replaceWith(wipe({ name, before: null, after }));
  if (/\.(wav|mp3|ogg|flac)$/i.test(after)) {
    return h("figure", { class: "pairs" }, before && h("label", {}, "before ", h("audio", { src: before, controls: true })), h("label", {}, "after ", h("audio", { src: after, controls: true })), caption);
  }
  const layer = (src, more, words, bad = null) => /\.(mp4|webm)$/i.test(src) ? h("video", { src, class: more, muted: true, loop: true, autoplay: !STILL.matches, "aria-label": words, onerror: bad }) : picture(src, { class: more, alt: words, onerror: bad }, src, false);
  if (!before) return h("figure", { class: "wipe" }, h("div", { class: "layers" }, layer(after, "after", `${name}, after`), h("span", { class: "tag after" }, "after")), caption);
  const top = layer(before, "before", `${name}, before`, onerror);
  const set = () => { top.style.setProperty("clip-path", `inset(0 ${100 - range.value}% 0 0)`); bar.style.setProperty("left", `${range.value}%`); };
  const bar = h("span", { class: "bar" });
  const range = h("input", { type: "range", min: "0", max: "100", value: "50", "aria-label": `How much of ${name} is shown as before`, oninput: set });
  set();
  const under = layer(after, "after", `${name}, after`), films = [under, top].filter((one) => one.tagName === "VIDEO");
  const play = films.length && STILL.matches ? h("button", { type: "button", class: "small", onclick: () => {
    const starts = films[0].paused;
    for (const one of films) if (starts) one.play(); else one.pause();
    play.textContent = starts ? "Pause" : "Play";
  } }, "Play") : null;
  caption.prepend(play ?? "");
  const figure = h("figure", { class: "wipe" }, h("div", { class: "layers" }, under, top, bar, h("span", { class: "tag" }, "before"), h("span", { class: "tag after" }, "after"), range), caption);
  return figure;
}
