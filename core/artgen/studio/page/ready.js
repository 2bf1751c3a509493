// What was made is said in a quiet place, which stays until it is put away: a person may be somewhere else by now.

import { byId, h } from "./dom.js";

const MOST = 5; // lines

/** Say that something is ready. `text`: what; `act`: what shows it, called `name`; `kind`: a line of the same kind is replaced,
 * and goes with the view, because who asked for it did not wait elsewhere. */
export function ready(text, { name = "See it", act, kind = "" }) {
  const list = byId("ready");
  const away = () => { line.remove(); list.hidden = !list.children.length; };
  if (kind) addEventListener("hashchange", away, { once: true });
  const line = h("div", { data: { kind } }, h("span", {}, text), h("button", { type: "button", class: "small", onclick: () => { away(); act(); } }, name),
    h("button", { type: "button", class: "plain small", "aria-label": `Put away: ${text}`, onclick: away }, "✕"));
  if (kind) list.querySelector(`[data-kind="${kind}"]`)?.remove();
  list.append(line);
  while (list.children.length > MOST) list.firstElementChild.remove();
  list.hidden = false;
}

/** Whether a person is still where something was asked for: `view` is shown and nothing lies over it. */
export const stays = (view) => Boolean(view?.isConnected) && !document.querySelector("dialog[open]");
