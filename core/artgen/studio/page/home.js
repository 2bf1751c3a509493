// The first view: what can be made here, a place for one's own works, and the runs of this folder.

import { CHANGES, attempt, duration, h, heldIn, main, plural, show, task } from "./dom.js";
import { ask, line, post, sentence } from "./net.js";
import { zone } from "./zone.js";

const LOOK = 3000; // ms between two looks at the shelf

export async function home(_id, current, told = null) {
  const hello = told ?? await ask("/api/hello");
  if (!current()) return;
  new Home(hello).start();
}

class Home {
  constructor(hello) {
    this.plugins = new Map(hello.plugins.map((plugin) => [plugin.name, plugin]));
    this.tiles = h("div", { class: "cards" });
    this.shelf = h("div", { class: "shelf" });
    this.teachBox = h("div", { id: "teach" });
    this.given = hello.data;
    this.folder = hello.folder;
    this.sealed = hello.sealed;
    this.draw();
    this.runs(hello.runs);
  }

  start() {
    const view = h("div", { class: "home" },
      h("section", { class: "hello" }, h("h1", {}, "What shall we make?"),
        h("p", { class: "lead" }, "Play with what is here already, or teach it your own works. Everything stays on this machine."),
        this.sealed ? h("p", { class: "sentence wrong", role: "alert" }, `Nothing may be written in the folder ${this.folder}, so nothing can be learned or kept here. Begin the studio in another folder.`) : null),
      h("section", { "aria-label": "What can be made here" }, this.tiles),
      h("section", {}, h("h2", {}, "Teach it your own"), zone({ title: "Drop a folder here", text: "pictures, recordings or films; sub-folders become kinds", take: (works, from) => this.take(works, () => from) }), this.teachBox),
      this.shelf);
    this.timer = setInterval(() => ask("/api/runs").then(({ runs }) => this.runs(runs), () => {}), LOOK);
    line.addEventListener("heard", this.heard = ({ detail }) => {
      if (detail.head.kind === "plugin") { this.plugins.set(detail.head.plugin.name, detail.head.plugin); this.draw(detail.head.plugin.name); this.tell(); }
    });
    show(view, { title: "", leave: () => { clearInterval(this.timer); line.removeEventListener("heard", this.heard); } });
    if (this.given) this.take({ given: true, ...this.given });
  }

  /** Draw the tiles: one anew that has changed, which keeps the focus. */
  draw(name = null) {
    const old = this.tiles.querySelector(`[data-plugin="${name}"]`);
    if (!old) { this.tiles.replaceChildren(...[...this.plugins.values()].map((plugin) => this.tile(plugin))); return; }
    const focus = heldIn(old), tile = this.tile(this.plugins.get(name));
    old.replaceWith(tile);
    focus(tile);
  }

  tile({ name, summary, problem, starts = [], tasks }) {
    const play = h("button", { type: "button", class: "main", onclick: () => this.play(name, play) }, "Play at once");
    const learn = h("button", { type: "button", class: "teach", onclick: () => this.take({ plugin: name }, () => this.tiles.querySelector(`[data-plugin="${name}"] .teach`)) }, "Teach it");
    const picture = h("img", { alt: "" });
    const soon = h("span", { class: "empty" }, starts.length ? "a look at its works comes in a moment" : "");
    const look = () => { const { sheet } = starts[chosen(name, starts)] ?? {}; picture.hidden = !sheet; soon.hidden = Boolean(sheet); if (sheet) picture.src = sheet; };
    look();
    return h("article", { class: "card", data: { plugin: name } }, h("div", { class: "card-picture" }, picture, soon), h("h2", {}, plural(name)),
      h("p", {}, problem ? sentence(problem) : summary ? sentence(summary.replace(/^[\w ]+: /, "")) : "…"), starts.length > 1 ? choice(name, starts, look) : null,
      problem ? null : h("div", { class: "actions" }, starts.length ? play : null, tasks ? learn : null));
  }

  play(plugin, button) {
    button.textContent = "Opening …";
    return attempt(async () => {
      const { id } = await post("/api/starts", { plugin, number: chosen(plugin, this.plugins.get(plugin).starts) });
      location.hash = `#/play/${id}`;
    }, button);
  }

  /** Works to learn from: files, the folder of the command line, or those that ship with a plugin. `opener`: what opened the form
   * and has the focus again when it is left. */
  async take(works, opener = main) {
    this.teachBox.replaceChildren(h("p", { class: "lead" }, "Asking the plugins what they read …"));
    const [{ teach }] = await Promise.all([import("./teach.js"), this.known()]);
    teach(this.teachBox, works, this.plugins, () => opener()?.focus());
  }

  /** Until every plugin has said what it reads. */
  known() {
    return new Promise((done) => {
      this.tell = () => { if ([...this.plugins.values()].every(({ tasks, problem }) => tasks || problem)) done(); };
      this.tell();
    });
  }

  tell() {}

  runs(runs) {
    const key = JSON.stringify(runs.map((r) => [r.id, r.state, r.ends, r.sheet, Math.round(r.progress * 200)]));
    if (key === this.key) return;
    this.key = key;
    const held = document.activeElement?.closest?.("[data-run]")?.dataset.run;
    this.shelf.replaceChildren(...runs.length ? [h("h2", {}, "Your runs"), h("div", { class: "runs" }, runs.map((run, k) => card(run, alone(runs, k))))] : []);
    if (held) this.shelf.querySelector(`[data-run="${held}"] a`)?.focus();
  }
}

/** Which weights that ship are played at once: the ones that were chosen here last, else the plugin's first, which are its best. */
const chosen = (plugin, starts) => Math.max(0, starts.findIndex(({ title }) => title === localStorage.getItem(`start-${plugin}`)));

/** A small picture and a word for all weights that ship; `look` hears of another choice. */
function choice(plugin, starts, look) {
  const pick = ({ title, sheet }, k) => h("label", { class: "start" },
    h("input", { type: "radio", class: "unseen", name: `start-${plugin}`, checked: k === chosen(plugin, starts), onchange: () => { localStorage.setItem(`start-${plugin}`, title); look(); } }),
    h("span", { class: "look" }, sheet ? h("img", { src: sheet, alt: "" }) : null), title);
  return h("fieldset", { class: "starts" }, h("legend", {}, "Play with"), starts.map(pick));
}

export const STATES = { running: "learning", waiting: "waits for its turn", failed: "stopped by a problem" };

/** The title of run number `k`, with the number of its folder where another one that began in the same minute has the same. */
function alone(runs, k) {
  const titles = runs.map(({ called }) => called), twin = titles.some((title, other) => other !== k && title === titles[k]);
  return twin ? `${titles[k]} (${parseInt(runs[k].name, 10) || runs[k].name})` : titles[k];
}

function card(run, title) {
  const learned = run.state === "running" && run.progress >= 1; // and is measured
  const state = run.ends ? "being finished" : learned ? "being measured" : run.unstarted ? "could not be started" : STATES[run.state] ?? (run.progress >= 1 ? "ready" : run.seen ? "paused" : "ready");
  const way = (run.state === "still" || learned) && run.ready && run.progress >= 1 ? (CHANGES.includes(run.task) ? "change" : "play") : "learn";
  return h("article", { class: "run", data: { run: run.id } },
    h("a", { href: `#/${way}/${run.id}`, class: "run-picture", tabindex: "-1", "aria-hidden": "true" }, run.sheet ? h("img", { src: `/files/${run.id}/${run.sheet}`, alt: "", loading: "lazy" }) : h("span", { class: "empty" }, run.state === "running" ? "the first works come soon" : "no works yet")),
    h("div", { class: "run-words" }, h("h3", {}, h("a", { href: `#/${way}/${run.id}` }, title)),
      h("p", {}, [run.plugin ? plural(run.plugin) : null, run.task && run.task !== "generate" ? task(run.task) : null, run.seconds ? `${duration(run.seconds)} of learning` : null].filter(Boolean).join(" · ")),
      h("p", {}, h("span", { class: `badge ${run.state}` }, state), run.state === "running" && !learned ? ` ${Math.round(run.progress * 100)} %` : "")));
}
