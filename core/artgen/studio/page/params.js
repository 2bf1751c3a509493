// What can be played: parameters with an address, a range and a curve, as the studio lists them (studio/parameters.py).

const inside = (value, low, high) => Math.min(high, Math.max(low, value));

/** The value of a knob that stands at `share` of its way, 0 to 1. */
export function at(p, share) {
  const s = inside(share, 0, 1);
  return p.curve === "log" ? p.low * (p.high / p.low) ** s : p.low + (p.high - p.low) * s;
}

/** Where a knob stands for `value`, 0 to 1. */
export function share(p, value) {
  const v = inside(value, p.low, p.high);
  return p.curve === "log" ? Math.log(v / p.low) / Math.log(p.high / p.low) : (v - p.low) / (p.high - p.low);
}

/** Its value in a state. */
export function get(p, state) {
  const found = p.field === "moves" || p.field === "label" ? state[p.field]?.[p.key] ?? 0
    : p.field === "mix" ? state.mix?.[p.key] : state[p.field];
  return found === null || found === undefined ? p.usual : Number(found) * p.sign;
}

/** What to change of a state so that it has the value, within the bounds. */
export function put(p, state, wanted) {
  let value = inside(wanted, p.least, p.most);
  if (p.whole) value = Math.round(value);
  if (p.field === "moves" || p.field === "label") {
    const all = { ...state[p.field], [p.key]: value * p.sign };
    if (!value) delete all[p.key];
    return { [p.field]: all };
  }
  if (p.field === "mix") {
    if (p.key === "seed") return { mix: value < 0 ? null : { first: 1, last: null, ...state.mix, seed: value } };
    return { mix: state.mix && { ...state.mix, first: value } };
  }
  if (p.field === "seed") return { seed: value, projected: null };
  if (p.field === "motion") return { motion: value >= 0 ? value : null };
  return { [p.field]: p.field === "loop" ? Boolean(value) : value };
}
