// What sketch.js plays: artgen.want({...}) asks for a work, artgen.latest is the newest that was made.
"use strict";
globalThis.artgen = (() => {
  let live = null;
  const own = {
    classes: [], directions: [], latest: null, medium: null,
    // seed: a whole number; label: a class, null: the seed's own; truncation: 1 as drawn, toward 0 the typical;
    // moves: standard deviations along directions, by their names. False: the generator is not open yet.
    want({ seed = 0, label = null, truncation = 1, moves = {} }) {
      if (!live) return false;
      const count = own.classes.length, at = label === null ? Number(BigInt(seed) % BigInt(Math.max(1, count))) : own.classes.indexOf(label);
      if (at < 0) throw new Error(`label ${label}: the classes are ${own.classes.join(", ")}`);
      live.draw({ seed: String(seed), label: at, truncation, vector: null }, own.directions.map((name) => moves[name] ?? 0), `seed ${seed}`);
      return true;
    },
  };
  globalThis.artgenAwake = async (start) => {
    live = await start((made) => { own.latest = made; });
    Object.assign(own, { classes: live.classes, directions: live.directions, medium: live.medium });
    document.documentElement.dataset.artgenState = "live";
  };
  return own;
})();
