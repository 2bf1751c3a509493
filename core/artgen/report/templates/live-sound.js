// Sound from the magnitudes of a short-time Fourier transform: phases along the ridges, then the fast algorithm of Griffin and Lim.
"use strict";
class Transform { // of n numbers, a power of two, in place
  constructor(n) {
    this.n = n;
    this.cos = Float64Array.from({ length: n / 2 }, (_, i) => Math.cos(2 * Math.PI * i / n));
    this.sin = Float64Array.from({ length: n / 2 }, (_, i) => Math.sin(2 * Math.PI * i / n));
    this.swap = Uint32Array.from({ length: n }, (_, i) => { let found = 0; for (let bit = 1; bit < n; bit <<= 1) found = (found << 1) | (i & bit ? 1 : 0); return found; });
  }
  run(re, im, way) { // way -1: to the spectrum; 1: back, not divided by n
    const { n, cos, sin, swap } = this;
    for (let i = 0; i < n; i++) {
      const k = swap[i];
      if (i < k) { const a = re[i], b = im[i]; re[i] = re[k]; im[i] = im[k]; re[k] = a; im[k] = b; }
    }
    for (let i = 0; i < n; i += 4) { // the first two steps at once: they turn by quarters only
      const a = re[i] + re[i + 1], b = im[i] + im[i + 1], c = re[i] - re[i + 1], d = im[i] - im[i + 1];
      const e = re[i + 2] + re[i + 3], f = im[i + 2] + im[i + 3], g = way * (im[i + 3] - im[i + 2]), h = way * (re[i + 2] - re[i + 3]);
      re[i] = a + e; im[i] = b + f; re[i + 2] = a - e; im[i + 2] = b - f;
      re[i + 1] = c + g; im[i + 1] = d + h; re[i + 3] = c - g; im[i + 3] = d - h;
    }
    for (let size = 8; size <= n; size <<= 1) {
      const half = size >> 1, step = n / size;
      for (let from = 0; from < n; from += size) {
        for (let i = from, t = 0; i < from + half; i++, t += step) {
          const c = cos[t], s = way * sin[t], a = re[i + half] * c - im[i + half] * s, b = re[i + half] * s + im[i + half] * c;
          re[i + half] = re[i] - a; im[i + half] = im[i] - b; re[i] += a; im[i] += b;
        }
      }
    }
  }
}

// All arrays lie frame by frame; log and phase hold bins numbers a frame (Prusa, Balazs and Sondergaard 2017)
function ridgePhase(log, frames, bins, n, hop) {
  const gamma = 0.25645 * n * n, phase = new Float64Array(frames * bins), inTime = new Float64Array(frames * bins), inPitch = new Float64Array(frames * bins);
  for (let t = 0; t < frames; t++) {
    const before = Math.max(t - 1, 0), after = Math.min(t + 1, frames - 1);
    for (let m = 0; m < bins; m++) {
      const low = Math.max(m - 1, 0), high = Math.min(m + 1, bins - 1), at = t * bins + m;
      inTime[at] = 2 * Math.PI * ((hop * m / n) % 1) + hop * n / gamma * (log[t * bins + high] - log[t * bins + low]) / (high - low);
      inPitch[at] = -gamma / (hop * n) * (log[after * bins + m] - log[before * bins + m]) / Math.max(after - before, 1);
    }
  }
  for (let t = 0; t < frames; t++) {
    const row = t * bins, past = row - bins;
    for (let m = 0; m < bins; m++) {
      if ((m > 0 && log[row + m] < log[row + m - 1]) || (m < bins - 1 && log[row + m] <= log[row + m + 1])) continue;
      if (t > 0) { // a peak follows the loudest of the three bins before it
        let best = m;
        if (m > 0 && log[past + m - 1] > log[past + best]) best = m - 1;
        if (m < bins - 1 && log[past + m + 1] > log[past + best]) best = m + 1;
        const across = (m - best) * (inPitch[past + best] + inPitch[past + m]) / 2;
        phase[row + m] = (phase[past + best] + across + (inTime[past + m] + inTime[row + m]) / 2) % (2 * Math.PI);
      }
      for (let k = m + 1; k < bins && log[row + k] < log[row + k - 1]; k++) phase[row + k] = phase[row + k - 1] + (inPitch[row + k - 1] + inPitch[row + k]) / 2;
      for (let k = m - 1; k >= 0 && log[row + k] <= log[row + k + 1]; k--) phase[row + k] = phase[row + k + 1] - (inPitch[row + k + 1] + inPitch[row + k]) / 2;
    }
  }
  return phase;
}

class Sounds {
  constructor({ rate, n_fft, hop, steps }) {
    Object.assign(this, { rate, n: n_fft, hop, steps, momentum: 0.99, transform: new Transform(n_fft) });
    this.window = Float64Array.from({ length: n_fft }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / n_fft));
    this.unit = hop / this.window.reduce((sum, value) => sum + value * value, 0);
  }

  // magnitude [bins, frames] to samples in [-1, 1]; null where older() says so between two steps
  async of(magnitude, frames, older) {
    const bins = this.n / 2 + 1, target = new Float64Array(frames * bins), log = new Float64Array(frames * bins);
    for (let m = 0; m < bins; m++) for (let t = 0; t < frames; t++) target[t * bins + m] = magnitude[m * frames + t];
    for (let i = 0; i < target.length; i++) log[i] = Math.log(Math.max(target[i], 1e-9));
    const phase = ridgePhase(log, frames, bins, this.n, this.hop), size = frames * bins;
    const re = new Float64Array(size), im = new Float64Array(size), now = [new Float64Array(size), new Float64Array(size)];
    for (let i = 0; i < size; i++) {
      const angle = phase[i] + Math.PI * (i % bins); // from the middle of a frame to its first sample
      re[i] = target[i] * Math.cos(angle); im[i] = target[i] * Math.sin(angle);
    }
    const before = [new Float64Array(size), new Float64Array(size)];
    for (let step = 0; step < this.steps; step++) {
      if (await older()) return null;
      this.spectra(this.signal(re, im, frames), frames, now);
      const ahead = step ? this.momentum : 0;
      for (let i = 0; i < size; i++) {
        const a = now[0][i] + ahead * (now[0][i] - before[0][i]), b = now[1][i] + ahead * (now[1][i] - before[1][i]);
        const factor = target[i] / Math.max(Math.sqrt(a * a + b * b), 1e-9);
        before[0][i] = now[0][i]; before[1][i] = now[1][i];
        re[i] = a * factor; im[i] = b * factor;
      }
    }
    const wave = Float32Array.from(this.signal(re, im, frames)), peak = wave.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    return peak > 1 ? wave.map((value) => value / peak) : wave; // turned down, rather than clipped
  }

  // two frames a transform: one in the real part, one in the imaginary
  signal(re, im, frames) {
    const { n, hop, window } = this, bins = n / 2 + 1, edge = (n - hop) / 2, wave = new Float64Array((frames - 1) * hop + n), a = new Float64Array(n), b = new Float64Array(n);
    for (let t = 0; t < frames; t += 2) {
      const one = t * bins, two = t + 1 < frames ? one + bins : -1;
      for (let m = 0; m < bins; m++) {
        const inner = m > 0 && m < n / 2, p = re[one + m], q = inner ? im[one + m] : 0, r = two < 0 ? 0 : re[two + m], s = two < 0 || !inner ? 0 : im[two + m];
        a[m] = p - s; b[m] = q + r;
        if (inner) { a[n - m] = p + s; b[n - m] = r - q; }
      }
      this.transform.run(a, b, 1);
      for (let i = 0; i < n; i++) {
        wave[t * hop + i] += a[i] * window[i] / n;
        if (two >= 0) wave[(t + 1) * hop + i] += b[i] * window[i] / n;
      }
    }
    return wave.subarray(edge, wave.length - edge).map((value) => value * this.unit);
  }
  spectra(wave, frames, [re, im]) {
    const { n, hop, window } = this, bins = n / 2 + 1, edge = (n - hop) / 2, a = new Float64Array(n), b = new Float64Array(n);
    const padded = new Float64Array(wave.length + 2 * edge);
    padded.set(wave, edge);
    for (let t = 0; t < frames; t += 2) {
      for (let i = 0; i < n; i++) {
        const at = t * hop + i;
        a[i] = padded[at] * window[i]; b[i] = t + 1 < frames ? padded[at + hop] * window[i] : 0;
      }
      this.transform.run(a, b, -1);
      for (let m = 0; m < bins; m++) {
        const back = (n - m) % n, one = t * bins + m;
        re[one] = (a[m] + a[back]) / 2; im[one] = (b[m] - b[back]) / 2;
        if (t + 1 < frames) { re[one + bins] = (b[m] + b[back]) / 2; im[one + bins] = (a[back] - a[m]) / 2; }
      }
    }
  }
}
