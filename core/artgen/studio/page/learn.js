// Watching a run learn: its newest works large, a strip through time, plain words about its state, and its four buttons.

import { CHANGES, attempt, count, dialog, duration, h, heldIn, main, missing, plural, show, toast } from "./dom.js";
import { curves } from "./curve.js";
import { lost, unused } from "./looks.js";
import { Pinned } from "./pinned.js";
import { DEAD, ask, post, sentence } from "./net.js";
import { STILL, picture as shown } from "./still.js";

const LOOK = 2000; // ms
const GONE = "It is gone; it had made nothing.";
const MEASURES = /now samples are compared/;

export async function learn(run, current) {
  const story = await ask(`/api/runs/${run}`);
  if (current()) new Learn(run, story).start();
}

class Learn {
  #timer = 0; #at = -1; #shown = ""; #curved = 0;

  constructor(run, story) {
    this.run = run;
    this.state = h("p", { class: "lead", role: "status" });
    this.bar = h("progress", { max: 1, "aria-label": "How far it is" });
    this.buttons = h("div", { class: "actions" });
    this.notes = h("ul", { class: "notes" });
    this.without = h("div", { class: "without" });
    this.works = h("div", { class: "works" });
    this.strip = h("input", { type: "range", min: "0", step: "1", "aria-label": "Moment of the learning", oninput: () => { this.#at = Number(this.strip.value); this.draw(); } });
    this.moment = h("output", { class: "figure" });
    this.time = h("div", { class: "timestrip" }, h("span", {}, "first"), this.strip, h("span", {}, "newest"), this.moment);
    this.charts = h("div");
    this.figures = h("details", { class: "fold", ontoggle: () => { this.#curved = 0; this.draw(); } }, h("summary", {}, "Curves"), this.charts);
    this.table = h("details", { class: "fold" }, h("summary", {}, "Settings"));
    this.story = story;
    this.wishes = this.ask();
    this.pinned = new Pinned(run);
  }

  start() {
    this.where = h("span");
    const view = h("div", { class: "learn" }, h("section", {}, this.heading = h("h1", {}, this.story.called), this.state, this.bar, this.buttons, this.wishes, this.notes, this.without),
      h("section", { "aria-label": "Works" }, this.works, this.time), this.pinned.element, this.figures, this.table);
    show(view, { title: this.story.called, crumbs: [this.where], leave: () => { this.gone = true; clearTimeout(this.#timer); this.pinned.close(); } });
    this.draw();
    this.look();
  }

  /** What may be asked of a run while it learns; it is heard at its next report. */
  ask() {
    const items = Boolean(this.story.settings.run?.budget_items);
    const wishes = [["Show works now", "samples of this moment", { snapshot: true }], ["Smaller steps", "half the learning rates: calmer, finer", { lr: 0.5 }], ["Larger steps", "twice the learning rates: faster, rougher", { lr: 2 }],
      ["Gentler judge", "twice the weight that keeps the judge from learning your works by heart", { gamma: 2 }], items ? ["1000 works more", "a larger budget", { images: "1k" }] : ["5 minutes more", "a larger budget", { budget: "5m" }]];
    return h("details", { class: "fold" }, h("summary", {}, "Wishes while it learns"),
      h("p", { class: "help" }, "Smaller steps make it calmer and finer, larger ones faster and rougher. A judge tells your works from made ones while it learns; a gentler one leaves more room. What you wish is kept with the run."), h("div", { class: "actions" }, wishes.map(([text, title, wish]) =>
      h("button", { type: "button", class: "small", title, onclick: (event) => attempt(async () => { await post(`/api/runs/${this.run}/wish`, { wish }); toast(`${text}: it hears this at its next report, within seconds.`); }, event.currentTarget) }, text))));
  }

  look(wait = LOOK) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      try {
        this.story = await ask(`/api/runs/${this.run}`);
        if (!this.gone) this.draw();
      } catch (error) {
        if (error.message !== DEAD && !this.gone) { show(missing(error.message), { title: "Trouble" }); return; } // else the line says so
      }
      if (!this.gone) this.look();
    }, wait);
  }

  draw() {
    const { story } = this, last = story.snapshots.length - 1;
    if (this.heading.textContent !== story.called) { // it has begun since
      this.heading.textContent = story.called;
      document.title = document.title.replace(/^.*(?= – )/, story.called);
    }
    this.state.textContent = words(story);
    this.where.textContent = [story.plugin ? plural(story.plugin) : null, `folder ${story.name}`].filter(Boolean).join(" · ");
    this.bar.value = story.progress;
    this.bar.hidden = !story.seen || story.progress >= 1;
    this.tools();
    this.wishes.hidden = story.state !== "running" || story.progress >= 1 || story.ends; // nobody hears them any more
    if (story.ready && !CHANGES.includes(story.task)) this.pinned.look().catch(() => {}); // the next look will do
    const notes = [...(story.problem ? [story.problem] : []), ...advice(story), ...story.said.filter((text) => !MEASURES.test(text))];
    this.notes.replaceChildren(...[...new Set(notes)].map((text) => h("li", {}, sentence(text))));
    const without = JSON.stringify(story.unused);
    if (without !== this.lost) this.without.replaceChildren(unused(story.unused)); // once: it may stand open
    this.lost = without;
    this.time.hidden = last < 1;
    this.strip.max = String(Math.max(0, last));
    if (this.#at < 0 || this.#at >= last) this.strip.value = String(last);
    const at = this.#at < 0 || this.#at > last ? last : this.#at;
    if (this.#at === last) this.#at = -1;
    this.show(story.snapshots[at]);
    this.figures.hidden = !story.reports.length;
    this.table.hidden = !Object.keys(story.settings).length;
    if (this.figures.open && this.#curved !== story.reports.length) {
      this.#curved = story.reports.length;
      this.charts.replaceChildren(curves(story.reports));
    }
    if (!this.table.children[1] && !this.table.hidden) this.table.append(settings(story.settings));
  }

  show(snapshot) {
    if (!snapshot) {
      this.works.replaceChildren(h("p", { class: "empty" }, this.story.state === "failed" ? "No works were made." : this.story.state === "waiting" ? "It makes its first works when it is its turn." : "The first works come within the first minute."));
      return;
    }
    const key = `${snapshot.kind} ${snapshot.seen}`;
    this.moment.textContent = `after ${duration(snapshot.seconds)}, ${count(snapshot.seen, "work")} shown`;
    this.strip.setAttribute("aria-valuetext", this.moment.textContent);
    if (key === this.#shown) return;
    this.#shown = key;
    this.works.classList.toggle("few", snapshot.items.length <= 3);
    this.works.replaceChildren(...snapshot.items.map((item) => work(this.run, item)));
  }

  tools() {
    const { story, run } = this, running = story.state === "running" || story.ends, waiting = story.state === "waiting" && !running;
    const learned = running && story.progress >= 1 && (story.ends || !again(story));
    const key = [running, waiting, story.state, learned, story.ends, story.ready, story.progress < 1, story.report, story.behind, story.unstarted].join();
    if (key === this.key) return;
    this.key = key;
    const act = (text, path, json = {}, more = "") => h("button", { type: "button", class: more, onclick: (event) => attempt(() => post(`/api/runs/${run}/${path}`, json), event.currentTarget).then(() => this.look(0)) }, text);
    const changes = CHANGES.includes(story.task), focus = heldIn(this.buttons);
    this.buttons.replaceChildren(...[
      story.ready ? h("a", { class: "button main", href: `#/${changes ? "change" : "play"}/${run}` }, changes ? "Change works with it" : "Play with it") : null,
      running ? act(learned ? "Do not measure" : "Pause", "pause") : null,
      running && !learned && !story.ends ? act("Finish now", "finish") : null,
      waiting && story.behind ? act("Sooner", "sooner") : null,
      waiting ? h("button", { type: "button", onclick: (event) => attempt(() => this.drop(), event.currentTarget) }, "Do not start") : null,
      story.unstarted ? act("Try again", "go", {}, story.ready ? "" : "main") : null,
      !running && !waiting && !story.unstarted && story.ready && story.progress < 1 ? act("Go on", "go") : null,
      !running && !waiting && story.ready && story.progress < 1 ? act("Finish here", "finish") : null,
      !running && !waiting && story.ready ? h("button", { type: "button", onclick: () => this.more() }, "Learn more") : null,
      story.report ? h("a", { class: "button", href: `/files/${run}/report.html`, target: "_blank", rel: "noopener" }, "Report") : null,
      running || !story.own || waiting && !story.ready ? null : h("button", { type: "button", class: "plain", onclick: () => this.discard() }, "Throw away …"),
    ].filter(Boolean));
    focus(this.buttons, main());
  }

  /** Take it out of the queue: one that has learned before is paused, of a new one nothing is left. */
  async drop() {
    const { gone } = await post(`/api/runs/${this.run}/pause`);
    if (!gone) return this.look(0);
    toast(GONE);
    location.hash = "#/";
  }

  discard() {
    const go = h("button", { type: "button", class: "main", onclick: () => attempt(async () => {
      const { place, ended } = await post(`/api/runs/${this.run}/discard`);
      box.close();
      const stopped = ended.length ? ` ${sentence(`${ended.join(", ")} ${ended.length === 1 ? "was" : "were"} stopped`)}` : "";
      toast(place ? `It lies in ${place} now, until you delete it there.${stopped}` : GONE);
      location.hash = "#/";
    }, go) }, "Throw it away");
    const box = dialog(`Throw ${this.story.called} away?`, h("p", {}, "The run leaves the page and is moved to studio/thrown-away. Nothing is deleted."), h("div", { class: "actions" }, go, h("button", { type: "button", onclick: () => box.close() }, "Keep it")));
  }

  more() {
    const box = dialog("How much longer?", h("div", { class: "actions" }, [["5m", "5 minutes"], ["20m", "20 minutes"], ["1h", "1 hour"], ["8h", "8 hours"]].map(([budget, text]) =>
      h("button", { type: "button", onclick: () => { box.close(); attempt(() => post(`/api/runs/${this.run}/go`, { budget })).then(() => this.look(0)); } }, text))));
  }
}

/** Whether a run that goes on has learned what it shall, and is measured now: its last works are there. One that has ended before
 * and was just told to go on looks the same, but has said nothing of it. */
const measured = ({ progress, finished, said, here }) => progress >= 1 && finished && (!here || said.some((text) => MEASURES.test(text)));

/** Whether it is the other one: it goes on, and has learned nothing since its end. */
const again = (story) => story.progress >= 1 && story.finished && !measured(story);

/** The state of a run in one plain sentence. */
function words(story) {
  const { unstarted, behind, task, state, progress, seconds, seen, problem, reports, ends } = story;
  if (unstarted) return "It could not be started. Nothing is lost.";
  if (state === "failed") return problem ? "It stopped because of a problem." : "It stopped.";
  const play = `${CHANGES.includes(task) ? "change works" : "play"} with it meanwhile`;
  if (ends && !measured(story)) return `It is being finished: its last works are made, then it is measured how near they come to real ones; ${play}.`;
  if (state === "waiting" && problem) return "It waits until it can be started.";
  if (state === "waiting") return behind ? `It waits for its turn; ${count(behind, "run")} before it.` : "It waits until the run before it is done. It is next.";
  if (state === "running") {
    if (!seen) return "It reads your works. Learning begins in a moment.";
    if (measured(story)) return `It has learned for ${duration(seconds)}. Works were shown to it ${seen.toLocaleString("en")} times. Now it is measured how near its works come to real ones; ${play}.`;
    if (again(story)) return "It goes on learning in a moment.";
    if (progress >= 1) return `It has learned for ${duration(seconds)}. Works were shown to it ${seen.toLocaleString("en")} times. Its last works are being made; ${play}.`;
    const left = seconds * (1 - progress) / Math.max(progress, 1e-6);
    const speed = reports.at(-1)?.values?.items_per_second;
    return `It has been learning for ${duration(seconds)}; ${duration(left)} to go${speed ? `, ${Math.round(speed)} works a second` : ""}.`;
  }
  if (progress >= 1) return `It has learned for ${duration(seconds)}. Works were shown to it ${seen.toLocaleString("en")} times.`;
  return seen ? `It is paused after ${duration(seconds)}. Nothing is lost.` : "It has not begun.";
}

/** What the figures say that a person should know. */
function advice({ reports, state, quality, unused: without, start, settings }) {
  const found = [lost(without).trim()].filter(Boolean);
  if (settings.run?.start?.startsWith("shipped: ")) found.push(start ? `It started from ${start}: of the weights that ship, they are nearest to your works` : "It started from the weights that ship");
  const last = reports.slice(-5).map((r) => r.values ?? {});
  const mean = (name) => { const all = last.map((v) => v[name]).filter(Number.isFinite); return all.length ? all.reduce((s, v) => s + v, 0) / all.length : null; };
  if (state === "running" && mean("augment") !== null && mean("augment") > 0.75) found.push("The judge knows your works nearly by heart: more works, or a shorter time, give more variety");
  const copies = quality?.figures?.find?.((f) => f.name === "copies");
  if (copies && copies.value > 0.05) found.push("Some of what it makes comes close to works that it has seen; look at the report");
  return found;
}

function work(run, { seed, label, files = [], source = [] }) {
  const text = [label, source?.length ? null : `seed ${seed}`].filter(Boolean).join(", ");
  const at = (file) => `/files/${run}/${file.split("/").map(encodeURIComponent).join("/")}`;
  const of = (list, words) => {
    const film = STILL.matches && list.find((file) => /\.(mp4|webm)$/i.test(file)); // one that waits until it is started
    if (film) return h("video", { src: at(film), controls: true, loop: true, muted: true, preload: "metadata", "aria-label": words });
    const picture = list.find((file) => /\.(png|webp|gif|jpe?g)$/i.test(file)), sound = list.find((file) => /\.(wav|mp3|ogg|flac)$/i.test(file));
    return [picture ? shown(at(picture), { alt: words, class: /\.gif$/i.test(picture) || sound ? "" : "crisp", loading: "lazy" }) : null, sound ? h("audio", { src: at(sound), controls: true, preload: "none", "aria-label": words }) : null];
  };
  return h("figure", { class: "work" }, source?.length ? h("div", { class: "pair" }, h("div", {}, of(source, `before, ${text}`)), h("div", {}, of(files, `after, ${text}`))) : of(files, text || "a work"),
    h("figcaption", {}, text || "before and after"));
}

function settings(config) {
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Settings" }, h("table", {}, Object.values(config).flatMap((section) => Object.entries(section)).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name.replaceAll("_", " ")), h("td", {}, String(value))))));
}
