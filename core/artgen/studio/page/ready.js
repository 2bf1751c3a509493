// What was made is said in a quiet place, which stays until it is put away: a person may be somewhere else by now.

import { byId, h, main } from "./dom.js";

const MOST = 5; // lines

/** Say that something is ready. `text`: what; `act`: what shows it, called `name`; `kind`: a line of the same kind is replaced,
 * and goes with the view, because who asked for it did not wait elsewhere. */
export function ready(text, { name = "See it", act, kind = "" }) {
  if (kind) byId("ready").querySelector(`[data-kind="${kind}"]`)?.remove();
  const away = said(text, kind, () => h("button", { type: "button", class: "small", onclick: () => { away(); act(); } }, name));
  if (kind) addEventListener("hashchange", away, { once: true });
}

/** Say that something is being made that nobody waits for here; what is returned puts the line away, which a person may, too. */
export const waits = (text) => said(text, "", () => null);

/** A line, with a button that `button` makes; what is returned puts it away. */
function said(text, kind, button) {
  const list = byId("ready");
  const away = () => {
    if (line.contains(document.activeElement)) main().focus({ preventScroll: true });
    line.remove();
    list.hidden = !list.children.length;
  };
  const line = h("div", { data: { kind } }, h("span", {}, text), button(), h("button", { type: "button", class: "plain small", "aria-label": `Put away: ${text}`, onclick: away }, "✕"));
  list.append(line);
  while (list.children.length > MOST) list.firstElementChild.remove();
  list.hidden = false;
  return away;
}

/** Whether a person is still where something was asked for: `view` is shown and nothing lies over it. */
export const stays = (view) => Boolean(view?.isConnected) && !document.querySelector("dialog[open]");
