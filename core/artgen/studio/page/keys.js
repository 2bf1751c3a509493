// Keys: one list for what they do and for what is shown about them. They can be turned off.

import { dialog, h } from "./dom.js";

const LIST = [
  ["R", "surprise me: another seed"], ["Z", "undo"], ["Shift Z", "redo"], [".", "star this work"], ["1 – 9", "go to a preset, or to the star of that number"],
  ["Shift 1 – 9", "keep this work as a preset"], ["W", "play the walk"],
  ["[ and ]", "calmer, more daring"], ["← and →", "the seed before, the next seed"], ["0", "all sliders back to the middle"],
  ["L", "loop on or off"], ["Space", "play or pause; freeze a picture"], ["S", "save this work"], ["C", "copy as command"], ["H", "hide or show the controls"],
  ["F", "freeze what is shown"], ["B", "blackout"], ["X", "panic: nothing moves by itself any more"], ["T", "record a take, or end it"], ["P", "open the second screen"],
  ["M", "on a slider: let a knob of a MIDI controller or a gamepad move it"], ["?", "this list"],
];
const OFF = "keys-off";
let current = {};

/** What the keys do in the view that is shown: names of `event.key` in lower case to functions. */
export function keys(actions) { current = actions; }

export function openKeys() {
  const off = h("input", { type: "checkbox", checked: localStorage.getItem(OFF) === null,
    onchange: () => { if (off.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1"); } });
  dialog("Keys", h("dl", { class: "keys" }, LIST.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])),
    h("label", { class: "check" }, off, " Use these keys"),
    h("p", { class: "help" }, "On a slider the arrow keys move it a little, Page up and down more. Tab reaches everything."));
}

const TYPES = new Set(["text", "number", "search", "url"]);
function busy(target, key) {
  if (target.closest("dialog[open]")) return true;
  if (target.tagName === "TEXTAREA" || (target.tagName === "INPUT" && TYPES.has(target.type))) return true;
  if (key.startsWith("arrow")) return target.matches("input, select, summary");
  if (key === " ") return target.matches("button, a, input, select, summary");
  return target.tagName === "SELECT";
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(OFF) !== null && event.key !== "?") return;
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1]; // with Shift another sign is typed, which one depends on the keyboard
  const key = event.shiftKey && digit ? digit : event.key.toLowerCase();
  if (!(event.target instanceof Element) || busy(event.target, key)) return;
  if (key === "?") { openKeys(); event.preventDefault(); return; }
  const action = current[event.shiftKey ? `shift ${key}` : key] ?? (event.shiftKey && !digit ? current[key] : null);
  if (action) { action(event); event.preventDefault(); }
});
