// Small helpers: elements, what is said aloud, words for numbers.

export function h(tag, props = {}, ...kids) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "class") el.className = value;
    else if (name === "data") Object.assign(el.dataset, value);
    else if (typeof value !== "string" && name in el) el[name] = value;
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  el.append(...kids.flat(3).filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return el;
}

export const byId = (id) => document.getElementById(id);
export const main = () => byId("main");

let counter = 0;
export const fresh = (word) => `${word}-${++counter}`;

/** Shown for a moment, and read aloud. */
export function toast(text, wrong = false) {
  const box = byId("toast");
  box.textContent = text;
  box.className = wrong ? "shown wrong" : "shown";
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.className = ""; }, wrong ? 9000 : 4000);
}

/** Read aloud, not shown. */
export const announce = (text) => { byId("said").textContent = text; };

/** Do something that may fail; what went wrong is said in its own words. `button` waits meanwhile, and keeps the focus. */
export async function attempt(work, button = null) {
  if (button?.ariaDisabled === "true") return null;
  if (button) button.ariaDisabled = "true";
  try {
    return await work();
  } catch (error) {
    toast(error.message, true);
    return null;
  } finally {
    if (button) button.ariaDisabled = null;
  }
}

/** Show a view in main; `leave` is called when another takes its place. */
export function show(view, { title, crumbs = [], leave = null }) {
  show.leave?.();
  show.leave = leave;
  document.title = title ? `${title} – artgen studio` : "artgen studio";
  byId("crumbs").replaceChildren(...crumbs);
  const box = main(), held = box.contains(document.activeElement);
  box.replaceChildren(view);
  if (held) box.focus({ preventScroll: true }); // what had the focus is gone: the next Tab goes into this view
  box.dataset.ready = "true";
}

const stops = (box) => [...box.querySelectorAll("a, button, input, select, summary")].filter((stop) => !stop.disabled && !stop.closest("[hidden]"));
/** What a control is, by which it is found again; a direction may have got a name meanwhile. */
const named = (stop) => `${stop.type}: ${stop.closest("[data-way]")?.dataset.way ?? stop.getAttribute("aria-label") ?? stop.labels?.[0]?.textContent ?? stop.textContent}`;

/** Remember what has the focus in `box`, which is about to be built anew. What is returned gives it back: to what has the same name
 * there, or in `again` in its place, else to what stands where it stood, else to `rest`. */
export function heldIn(box) {
  const at = stops(box).indexOf(document.activeElement), name = at < 0 ? "" : named(document.activeElement);
  return (again = box, rest = null) => {
    if (at < 0) return;
    const now = stops(again), same = (stop) => stop && named(stop) === name;
    (same(now[at]) ? now[at] : now.find(same) ?? now[Math.min(at, now.length - 1)] ?? rest)?.focus({ preventScroll: true });
  };
}

/** Instead of a view that cannot be shown. */
export const missing = (why) => h("section", { class: "center" }, h("h1", {}, "This cannot be shown"), h("p", { class: "lead" }, why),
  h("p", {}, h("a", { class: "button", href: "#/" }, "Back to the start")));

export function dialog(title, ...kids) {
  const id = fresh("title");
  const close = h("button", { type: "button", class: "plain close", "aria-label": "Close", onclick: () => box.close() }, "✕");
  const box = h("dialog", { "aria-labelledby": id }, h("div", { class: "dialog-head" }, h("h2", { id }, title), close), ...kids);
  // Gone at once, and the focus back where it was: a closed dialog that still held the focus would swallow the next key.
  const back = document.activeElement;
  box.close = () => {
    HTMLDialogElement.prototype.close.call(box);
    box.remove();
    if (back?.isConnected) back.focus({ preventScroll: true });
  };
  box.addEventListener("cancel", (event) => { event.preventDefault(); box.close(); });
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  for (const [big, name, small, rest] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
    if (whole >= big) {
      const left = Math.floor((whole % big) / small);
      return `${Math.floor(whole / big)} ${name}${left && whole < big * 10 ? ` ${left} ${rest}` : ""}`;
    }
  }
  return `${whole} s`;
}

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
export const short = (value) => Number(value.toFixed(2)).toString();

const MEDIA = { image: ["Pictures", "picture"], music: ["Music", "piece"], video: ["Films", "film"] };
export const plural = (plugin) => MEDIA[plugin]?.[0] ?? plugin.charAt(0).toUpperCase() + plugin.slice(1);
export const single = (plugin) => MEDIA[plugin]?.[1] ?? "work";
const TASKS = {
  generate: "make new works", reconstruct: "make works anew from a few numbers", translate: "turn one kind of work into another",
  colorize: "color works", enlarge: "make works larger", style: "move works toward a style",
};
/** Tasks whose runs change works instead of making them. */
export const CHANGES = ["translate", "colorize", "enlarge", "style", "reconstruct"];
export const task = (name) => TASKS[name] ?? name;
