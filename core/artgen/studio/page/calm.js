// A limiter for flashes, the same as media/calm.py: at most two flashes a second in each part of the picture (WCAG 2.3.1).

const CHANGES = 4, STEP = 0.1, PARTS = 4, SPARE = 0.9, STEPS = 12;
const LINEAR = Float32Array.from({ length: 256 }, (_, v) => (v / 255) ** 2.2);

/** Relative luminance of each part of `[h, w, 3]` bytes, then its share of saturated red. */
export function levels(bytes, height, width, offset = 0) {
  const rows = Math.min(PARTS, height), columns = Math.min(PARTS, width), parts = rows * columns;
  const sums = new Float32Array(parts * 2), counts = new Float32Array(parts), step = Math.max(1, Math.floor(Math.min(height, width) / 64));
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) {
      const i = offset + (y * width + x) * 3, part = Math.floor(y / height * rows) * columns + Math.floor(x / width * columns);
      const r = LINEAR[bytes[i]], g = LINEAR[bytes[i + 1]], b = LINEAR[bytes[i + 2]];
      sums[part] += 0.2126 * r + 0.7152 * g + 0.0722 * b;
      sums[parts + part] += Math.max(0, r - g - b);
      counts[part] += 1;
    }
  }
  return sums.map((sum, k) => sum / (counts[k % parts] || 1));
}

export class Calm {
  #shown = null; #size = []; #extreme = []; #way = []; #times = [];
  held = false; // whether the last frame was not shown as it came

  /** What to show instead of a frame at `now` (seconds); the bytes themselves where nothing flashes. */
  frame(bytes, height, width, now) {
    this.held = false;
    const [h, w] = this.#size;
    if (h !== height || w !== width) {
      if (this.#shown === null || Math.min(h, w, height, width) < PARTS) return this.#begin(bytes, height, width);
      this.#shown = resized(this.#shown, h, w, height, width); // a work at rest is larger: what flashed before counts on
      this.#size = [height, width];
    }
    const old = levels(this.#shown, height, width);
    let shown = bytes, level = levels(bytes, height, width);
    const tired = this.#times.map(([first]) => first > now - 1);
    if (tired.some((is, k) => is && this.#turns(k, level[k], STEP))) {
      this.held = true;
      const share = this.#most(old, level, tired), before = this.#shown;
      shown = Uint8Array.from(bytes, (value, i) => Math.round(before[i] + (value - before[i]) * share));
      level = levels(shown, height, width);
    }
    this.#note(level, now);
    this.#shown = shown;
    return shown;
  }

  #begin(bytes, height, width) {
    this.#size = [height, width];
    this.#shown = bytes;
    this.#extreme = [...levels(bytes, height, width)];
    this.#way = this.#extreme.map(() => 0);
    this.#times = this.#extreme.map(() => Array(CHANGES).fill(-1e9));
    return bytes;
  }

  #turns(k, level, step) {
    const change = level - this.#extreme[k];
    return Math.abs(change) >= step && Math.sign(change) !== this.#way[k];
  }

  #most(old, level, tired) {
    let low = 0, high = 1;
    for (let i = 0; i < STEPS; i++) {
      const share = (low + high) / 2;
      if (tired.some((is, k) => is && this.#turns(k, old[k] + (level[k] - old[k]) * share, STEP * SPARE))) high = share; else low = share;
    }
    return low;
  }

  #note(level, now) {
    level.forEach((value, k) => {
      const turned = this.#turns(k, value, STEP), way = Math.sign(value - this.#extreme[k]);
      if (turned) {
        this.#times[k] = [...this.#times[k].slice(1), now];
        this.#way[k] = way;
      }
      if (turned || way === this.#way[k]) this.#extreme[k] = value;
    });
  }
}

/** `[h, w, 3]` bytes as `[height, width, 3]`, each pixel that of the same place. */
function resized(bytes, h, w, height, width) {
  const found = new Uint8Array(height * width * 3);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const from = (Math.floor(y * h / height) * w + Math.floor(x * w / width)) * 3;
      found[to] = bytes[from]; found[to + 1] = bytes[from + 1]; found[to + 2] = bytes[from + 2];
    }
  }
  return found;
}
