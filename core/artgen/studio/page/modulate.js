// What moves controls: the same matrix as studio/modulation.py, played in the page.

import { at, get, put, share } from "./params.js";

const NEAR = 0.04; // of the way of a knob: so near a MIDI knob has to come before it takes over
const BOTH_WAYS = ["lfo/", "noise/", "pad/", "midi/bend/", "gamepad/axis/"]; // sources whose middle means no change

const hash = (seed, k) => { const x = Math.sin(seed * 12.9898 + k * 78.233) * 43758.5453; return x - Math.floor(x); };

/** The value of an oscillator at `time` (seconds), in [0, 1]. */
export function lfo({ shape, seconds, phase }, time) {
  const turns = time / seconds + phase, place = turns - Math.floor(turns);
  if (shape === "sine") return 0.5 + 0.5 * Math.sin(2 * Math.PI * place);
  if (shape === "triangle") return 1 - Math.abs(2 * place - 1);
  if (shape === "square") return place < 0.5 ? 1 : 0;
  return shape === "saw" ? place : hash(Math.floor(turns), 0);
}

/** Noise that comes back to where it began after its seconds. */
export function noise({ seconds, seed }, time) {
  let total = 0;
  for (const k of [1, 2, 3, 4]) total += Math.sin(2 * Math.PI * (k * time / seconds + hash(seed, k))) / k;
  return Math.min(1, Math.max(0, 0.5 + total / 3.2));
}

export class Mover {
  #values = new Map(); #smooth = new Map(); #held = new Map();

  /** `known`: parameters by address. */
  constructor(matrix, known) { this.matrix = matrix; this.known = known; }

  /** A source from outside has another value: what to change of `state`, and what is set that is no parameter. */
  hear(source, wanted, state) {
    const value = Number.isFinite(wanted) ? Math.min(1, Math.max(0, wanted)) : 0, others = [];
    let patch = {};
    this.#values.set(source, value);
    this.matrix.rows.forEach((row, number) => {
      if (row.source !== source || row.mode !== "set") return;
      const to = row.low + (row.high - row.low) * value, p = this.known.get(row.to), now = { ...state, ...patch };
      if (!p) others.push([row.to, to]);
      else if (this.#takesOver(number, row, share(p, get(p, now)), to)) patch = { ...patch, ...put(p, now, at(p, to)) };
    });
    return { patch, others };
  }

  #takesOver(number, row, stands, to) {
    const last = this.#held.get(number);
    this.#held.set(number, to);
    if (!row.source.startsWith("midi/cc/")) return true;
    const met = Math.abs(to - stands) <= NEAR || (last !== undefined && (last - stands) * (to - stands) <= 0);
    return met || (last !== undefined && Math.abs(last - stands) <= NEAR);
  }

  /** Whether anything moves by itself or follows a sound. */
  get moves() { return this.matrix.rows.some((row) => row.mode === "add" && this.known.has(row.to) && this.value(row.source, 0) !== null); }

  /** `state` as the rows that add have moved it at `time` (seconds). */
  move(state, time) {
    let moved = state;
    this.matrix.rows.forEach((row, number) => {
      const p = this.known.get(row.to), raw = this.value(row.source, time);
      if (row.mode !== "add" || !p || raw === null) return;
      const offset = row.amount * (this.#followed(number, row, raw, time) - (BOTH_WAYS.some((kind) => row.source.startsWith(kind)) ? 0.5 : 0));
      const base = get(p, moved);
      moved = { ...moved, ...put(p, moved, p.curve === "log" ? at(p, share(p, base) + offset) : base + offset * (p.high - p.low)) };
    });
    return moved;
  }

  /** What a source says at `time`; null: nothing yet. */
  value(source, time) {
    const [kind, name] = source.split(/\/(.*)/s);
    if (kind === "lfo") return this.matrix.lfos[name] ? lfo(this.matrix.lfos[name], time) : null;
    if (kind === "noise") return this.matrix.noises[name] ? noise(this.matrix.noises[name], time) : null;
    return this.#values.get(source) ?? null;
  }

  #followed(number, row, value, time) {
    const [before, old] = this.#smooth.get(number) ?? [time, value], slow = value > old ? row.attack : row.release;
    const part = slow <= 0 ? 1 : 1 - Math.exp(-Math.max(0, time - before) / slow), now = old + (value - old) * part;
    this.#smooth.set(number, [time, now]);
    return now;
  }
}

/** A row as it begins. */
export const row = (source, to) => ({ source, to, mode: "add", amount: 0.5, low: 0, high: 1, attack: 0.05, release: 0.15 });
