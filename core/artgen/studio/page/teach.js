// What a training will do, said before it starts; and its start.

import { attempt, count, duration, fresh, h, plural, task as taskWords, toast } from "./dom.js";
import { looks, lost, stayed, unused } from "./looks.js";
import { copied, post, sentence } from "./net.js";
import { nearer } from "./still.js";
import { Toward } from "./toward.js";

const OTHER = "other";
const TIMES = [["", "as usual"], ["2m", "2 minutes, a first look"], ["10m", "10 minutes"], ["30m", "half an hour"], ["2h", "2 hours"], ["8h", "over night (8 hours)"], [OTHER, "another time …"]];
const ASK = 250; // ms after the last change

/** Fill `box` with the form for `works`: {files, title} of a drop, {given} of the command line, or {plugin} with its own works.
 * `left` hears that a person has left it. */
export async function teach(box, works, plugins, left) {
  const form = new Teach(box, works, plugins, left);
  await form.start();
}

class Teach {
  #timer = 0; #turn = 0; #looks = false; #pressed = false;

  constructor(box, works, plugins, left) {
    Object.assign(this, { box, works, plugins, left, sets: {} });
    this.source = works.given ? { given: true } : {};
    this.title = h("h3", { tabindex: "-1" }, works.files ? [works.title, count(works.files.length, "file")].filter(Boolean).join(": ") : works.given ? works.name : `${plural(works.plugin)}: the works that ship with artgen`);
    this.line = h("p", { class: "sentence", role: "status" }, "Looking at it …");
    this.lost = h("div");
    this.go = h("button", { type: "button", class: "main", onclick: () => this.order() }, "Start");
    this.go.disabled = true;
  }

  async start() {
    const able = [...this.plugins.values()].filter((p) => p.tasks);
    this.plugin = this.works.plugin ?? this.guess(able);
    this.toward = new Toward(this.plugins, () => this.later(0));
    this.panel = h("section", { class: "panel", "aria-label": "Teach" }, this.title, this.works.files ? looks(this.works.files) : null, this.line, this.lost, this.fields(), h("div", { class: "actions" }, this.go,
      h("button", { type: "button", class: "plain", onclick: () => this.leave() }, "Cancel")));
    this.box.replaceChildren(this.panel);
    addEventListener("keydown", this.heard = (event) => this.escape(event));
    this.title.focus();
    nearer(this.panel);
    if (this.works.files) await this.send().catch((error) => this.refuse(error.message));
    else this.later(0);
  }

  /** Cancel: nothing is learned, and what opened the form has the focus again. */
  leave() {
    this.panel.remove();
    this.left();
  }

  /** Escape leaves the form wherever the focus is, but for what lies over it or closes itself by this key. */
  escape(event) {
    if (!this.panel.isConnected) { removeEventListener("keydown", this.heard); return; } // another view, or another form
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) this.leave();
  }

  /** The plugin that is meant for most of the files: several read some of the same kinds, each names its own kinds first. */
  guess(able) {
    const ends = (this.works.files ?? []).map(({ path }) => [path.slice(path.lastIndexOf(".")).toLowerCase(), 1]).concat(Object.entries(this.works.ends ?? {}));
    const place = (p, end) => { const at = p.suffixes?.indexOf(end) ?? -1; return at < 0 ? Infinity : at; };
    const meant = (p) => ends.reduce((sum, [end, n]) => sum + (place(p, end) < Infinity && able.every((other) => place(p, end) <= place(other, end)) ? n : 0), 0);
    return [...able].sort((a, b) => meant(b) - meant(a) || (a.name === "image" ? -1 : 0))[0]?.name;
  }

  async send() {
    const { drop, left } = await copied(this.works, this.plugins, (text) => { this.line.textContent = text; });
    this.uncopied = left;
    this.source = { drop };
    this.later(0);
  }

  /** There is nothing to choose for. */
  refuse(why) {
    this.line.textContent = why;
    this.line.classList.add("wrong");
    this.form.hidden = this.go.hidden = true;
  }

  fields() {
    const plugin = this.plugins.get(this.plugin);
    const field = (label, control, help = null) => { control.id ||= fresh("field"); return h("div", { class: "field" }, h("label", { for: control.id }, label), control, help ? h("p", { class: "help" }, help) : null); };
    const select = (options, act) => h("select", { onchange: (event) => { act?.(event.target.value); this.later(); } }, options.map(([value, text]) => h("option", { value }, text)));
    this.kind = select([...this.plugins.values()].filter((p) => p.tasks).map((p) => [p.name, plural(p.name)]), (value) => { this.plugin = value; this.again(); });
    this.kind.value = this.plugin;
    this.task = select(plugin.tasks.map((t) => [t.name, taskWords(t.name)]), () => this.presets());
    this.time = select(TIMES, (value) => { this.other.hidden = value !== OTHER; }); // which is the next field: an arrow key must not leave the list
    const typed = h("input", { type: "text", maxlength: "12", placeholder: "90s, 15m or 1h30m", onchange: () => this.later() });
    this.other = field("Another time", typed);
    this.other.hidden = true;
    this.preset = select([]);
    this.name = h("input", { type: "text", maxlength: "40", placeholder: "a name, if you like" });
    this.simple = h("div", { class: "fields few" }, field("What they are", this.kind), field("What to learn", this.task), field("How long", this.time), this.other, this.large = field("How large", this.preset), field("Name", this.name));
    this.presets();
    this.more = h("details", {}, h("summary", {}, "All settings"), h("div", { class: "fields all" }, plugin.fields.map((f) => this.setting(f, field))));
    return this.form = h("div", {}, this.simple, this.toward.element, this.more);
  }

  again() {
    this.sets = {};
    const old = this.form;
    old.replaceWith(this.fields());
  }

  presets() {
    const task = this.plugins.get(this.plugin).tasks.find((t) => t.name === this.task.value), { sizes, budget } = task;
    this.toward.draw(this.plugin, task);
    this.large.hidden = sizes.length < 2;
    this.preset.replaceChildren(...sizes.map(([name, words]) => h("option", { value: name }, words)));
    this.time.options[0].textContent = `as usual (${budget.replace(/(\d+)([smh])/g, (_, n, unit) => `${n} ${{ s: "s", m: "min", h: "h" }[unit]} `).trim()})`;
  }

  /** A setting as the config says it: its own text, choices and bounds. */
  setting({ key, type, choices, least, most, usual, text }, field) {
    const set = (value) => { if (value === "" || value === null) delete this.sets[key]; else this.sets[key] = value; this.later(); };
    let control;
    if (type === "choice" || type === "boolean") {
      const options = type === "boolean" ? ["true", "false"] : choices;
      control = h("select", { onchange: () => set(control.value) }, h("option", { value: "" }, `as usual${usual !== null && usual !== undefined ? ` (${usual})` : ""}`), options.map((o) => h("option", { value: String(o) }, String(o))));
    } else {
      const number = type !== "string";
      control = h("input", { type: number ? "number" : "text", step: type === "integer" ? "1" : "any", min: least, max: most, placeholder: usual === null || usual === undefined ? "" : String(usual), onchange: () => set(control.value) });
    }
    return field(key.replaceAll("_", " ").replace("train.", ""), control, text);
  }

  get asked() {
    return { ...this.source, ...this.toward.asked, plugin: this.plugin, task: this.task.value, preset: this.preset.value || null, budget: this.time.value === OTHER ? this.other.querySelector("input").value : this.time.value, name: this.name.value,
      sets: Object.entries(this.sets).map(([key, value]) => `${key}=${value}`) };
  }

  later(wait = ASK) {
    clearTimeout(this.#timer);
    this.#pressed = false; // who changes something after the press presses again
    if (this.works.files && !this.source.drop || this.toward.waits) { // they are on their way
      this.go.disabled = true;
      this.#turn++;
      return;
    }
    this.#looks = true;
    this.#timer = setTimeout(() => attempt(() => this.plan()), wait);
  }

  async plan() {
    const mine = ++this.#turn;
    if (!this.#pressed) this.line.textContent = "Looking at it …";
    let pressed = false; // a press counts for this look alone, whatever comes of it
    const plan = await post("/api/plan", this.asked).finally(() => {
      if (mine !== this.#turn) return;
      pressed = this.#pressed;
      this.#looks = this.#pressed = false;
    });
    if (mine !== this.#turn || !this.panel.isConnected) return; // of a form that was left nothing is started
    this.line.textContent = plan.reader ? `None of these files can be read as ${plural(this.plugin).toLowerCase()}. Choose ${plural(plan.reader)} below, under “What they are”.` : plan.problem ? sentence(plan.problem) : this.sentence(plan);
    this.line.classList.toggle("wrong", Boolean(plan.problem));
    this.lost.replaceChildren(plan.unused ? unused(plan.unused) : "");
    this.go.disabled = Boolean(plan.problem);
    if (!this.told) nearer(this.panel); // the sentence has made it longer
    this.told = true;
    if (pressed && !plan.problem) await this.order();
  }

  /** One sentence that says what will happen. */
  sentence({ about, files, labels, items, tried, unused: without, seconds, images, started, embedded, size, slow, style }) {
    const what = embedded ? `${count(files, "work")} that ship with artgen` : count(files, "file");
    const kinds = labels.length ? ` of ${count(labels.length, "kind")} (${labels.slice(0, 4).join(", ")}${labels.length > 4 ? ", …" : ""})` : "";
    const time = images ? `until ${images.toLocaleString("en")} works have been seen` : `for ${duration(seconds)}`;
    const from = started && this.asked.task === "generate" ? ", from the weights that ship if they fit" : "";
    const large = size && !this.large.hidden ? ` It makes works of this size: ${size}.` : "";
    const late = slow ? " Without a graphics card, as here, it learns far too slowly at this size; choose a smaller one." : "";
    const give = items && items !== files ? ` They give ${count(items, "piece")} to learn from.` : ""; // as many as files: it was said
    const rest = tried === false ? " It looks at the rest when it begins." : "";
    const own = embedded ? "" : `${give}${about ? ` ${sentence(about)}` : ""}${lost(without)}${stayed(this.uncopied)}${rest}`;
    return `It will learn from ${what}${kinds} ${time}${from}.${large}${late}${own}${style ? this.toward.sentence(style) : ""}`;
  }

  async order() {
    if (this.#looks) { this.#pressed = true; this.line.textContent = "It starts once it has looked at your works …"; return; } // the press that left a field is not lost: it starts what was typed there
    const found = await attempt(() => post("/api/runs", this.asked), this.go);
    if (!found) return;
    if (found.state !== "failed") toast(found.state === "waiting" ? "It learns as soon as the run before it is done. You may close this page." : "It begins to learn. You may close this page; it goes on.");
    location.hash = `#/learn/${found.id}`;
  }
}
