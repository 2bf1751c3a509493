// What is played, and every place before it. Nothing else says what is played.

const USUAL = { seed: 0, label: {}, truncation: 1, mix: null, moves: {}, seconds: null, loop: false, fps: null, motion: null, projected: null };
const MOST = 2000;

export const full = (state = {}) => ({ ...structuredClone(USUAL), ...structuredClone(state) });
export const same = (a, b) => JSON.stringify(full(a)) === JSON.stringify(full(b));

export class Place extends EventTarget {
  #past; #at; #run;

  /** `start`: where to begin when this page was never here. */
  constructor(run, start) {
    super();
    this.#run = run;
    const kept = read(run);
    this.#past = kept?.past ?? [full(start)];
    this.#at = Math.min(kept?.at ?? 0, this.#past.length - 1);
    this.now = full(this.#past[this.#at]);
  }

  /** Change something; `live`: the person is still moving, so it is no step to come back to yet. */
  change(patch, live = false) {
    const next = full({ ...this.now, ...patch });
    if (same(next, this.now) && live) return;
    this.now = next;
    if (!live && !same(this.now, this.#past[this.#at])) {
      this.#past = [...this.#past.slice(0, this.#at + 1), structuredClone(this.now)].slice(-MOST);
      this.#at = this.#past.length - 1;
      this.#keep();
    }
    this.dispatchEvent(new CustomEvent("change", { detail: { live } }));
  }

  move(name, amount, live = false) {
    const moves = { ...this.now.moves, [name]: amount };
    if (!amount) delete moves[name];
    this.change({ moves }, live);
  }

  get canUndo() { return this.#at > 0 || !same(this.now, this.#past[this.#at]); }
  get canRedo() { return this.#at < this.#past.length - 1; }
  undo() { this.#go(same(this.now, this.#past[this.#at]) ? this.#at - 1 : this.#at); }
  redo() { this.#go(this.#at + 1); }

  #go(at) {
    if (at < 0 || at >= this.#past.length) return;
    this.#at = at;
    this.now = full(this.#past[at]);
    this.#keep();
    this.dispatchEvent(new CustomEvent("change", { detail: { live: false } }));
  }

  /** Directions that point the other way now: the same place has the other sign. */
  turn(names) {
    const turned = (state) => ({ ...state, moves: Object.fromEntries(Object.entries(state.moves ?? {})
      .map(([name, amount]) => [name, names.includes(name) ? -amount : amount])) });
    this.#past = this.#past.map(turned);
    this.now = turned(this.now);
    this.#keep();
  }

  #keep() {
    try {
      sessionStorage.setItem(`past-${this.#run}`, JSON.stringify({ past: this.#past, at: this.#at }));
    } catch { /* a full store costs the history of the next reload, nothing else */ }
  }
}

function read(run) {
  try {
    const found = JSON.parse(sessionStorage.getItem(`past-${run}`));
    return Array.isArray(found?.past) && found.past.length ? found : null;
  } catch {
    return null;
  }
}

export const randomSeed = () => Math.floor(Math.random() * 1e6);

/** A place in words, for a screen reader and a title. */
export function words(state, facts) {
  const parts = [state.projected ? `your ${state.projected}` : `seed ${state.seed}`];
  const label = Object.entries(state.label ?? {}).filter(([, share]) => share > 0).map(([name]) => name);
  if (label.length) parts.push(label.join(" and "));
  for (const [name, amount] of Object.entries(state.moves ?? {})) {
    const found = facts?.directions.find((direction) => direction.name === name), way = seen(found, amount);
    if (amount) parts.push(`${found ? title(found) : name} ${way > 0 ? "+" : "−"}${Math.abs(Number(way.toFixed(1)))}`);
  }
  return parts.join(", ");
}

/** How far to go along a direction as a person sees it: towards more of what it is called. */
export const seen = (d, amount) => (d?.mirrored ? -amount : amount);

/** What a direction is called: by a person, by what it was measured to change, or by its number. */
export const title = (d) => (d.called ?? (/^[sp]\d+$/.test(d.name) ? `direction ${d.number}` : d.name)).replaceAll("-", " ");
