// A spectrogram from the samples of a sound: own FFT, frequencies on a logarithmic axis.

const SIZE = 1024, COLUMNS = 250, ROWS = 110, LOWEST = 60, FLOOR = -75; // Hz, dB

/** Draw the spectrogram of `wave` into `canvas`, low tones below. */
export function spectrogram(canvas, wave, rate) {
  const pen = canvas.getContext("2d"), picture = pen.createImageData(COLUMNS, ROWS);
  const window_ = Float32Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / SIZE));
  const edges = Array.from({ length: ROWS + 1 }, (_, row) => LOWEST * (rate / 2 / LOWEST) ** (row / ROWS) / rate * SIZE);
  const re = new Float32Array(SIZE), im = new Float32Array(SIZE);
  for (let column = 0; column < COLUMNS; column++) {
    const start = Math.round(column / COLUMNS * Math.max(0, wave.length - SIZE));
    for (let i = 0; i < SIZE; i++) { re[i] = (wave[start + i] ?? 0) * window_[i]; im[i] = 0; }
    fft(re, im);
    for (let row = 0; row < ROWS; row++) {
      let most = 0;
      const last = Math.max(Math.floor(edges[row]) + 1, Math.ceil(edges[row + 1]));
      for (let k = Math.floor(edges[row]); k < last; k++) most = Math.max(most, re[k] ** 2 + im[k] ** 2);
      const level = Math.max(0, 1 - (10 * Math.log10(most / SIZE * 4 + 1e-12)) / FLOOR);
      const at = ((ROWS - 1 - row) * COLUMNS + column) * 4;
      picture.data.set(color(Math.min(1, level)), at);
    }
  }
  canvas.width = COLUMNS;
  canvas.height = ROWS;
  pen.putImageData(picture, 0, 0);
}

/** From night blue over violet and orange to light, with alpha so that the page shows through silence. */
function color(level) {
  const stops = [[24, 32, 78, 0], [64, 56, 150, 130], [168, 66, 140, 200], [240, 130, 72, 235], [255, 226, 150, 255]];
  const place = level * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(place)), share = place - k;
  return stops[k].map((from, i) => from + (stops[k + 1][i] - from) * share);
}

function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) { [re[i], re[j]] = [re[j], re[i]]; [im[i], im[j]] = [im[j], im[i]]; }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const half = size >> 1, angle = -2 * Math.PI / size, stepRe = Math.cos(angle), stepIm = Math.sin(angle);
    for (let start = 0; start < n; start += size) {
      let wRe = 1, wIm = 0;
      for (let k = start; k < start + half; k++) {
        const a = re[k + half] * wRe - im[k + half] * wIm, b = re[k + half] * wIm + im[k + half] * wRe;
        re[k + half] = re[k] - a; im[k + half] = im[k] - b;
        re[k] += a; im[k] += b;
        [wRe, wIm] = [wRe * stepRe - wIm * stepIm, wRe * stepIm + wIm * stepRe];
      }
    }
  }
}
