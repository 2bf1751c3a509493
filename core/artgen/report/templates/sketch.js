// Plays the networks of this folder. Change what you like: artgen writes this file once and leaves it as it is.
// setup() and draw() are those of p5.js, and run without it. What a work is made of:
//   artgen.latest.frames   pictures as ImageData: one of a picture, several of a film, artgen.latest.fps a second
//   artgen.latest.samples  of a sound: numbers in [-1, 1], artgen.latest.rate a second
let canvas, shown = null, player = null, seed = 7;

function setup() {
  globalThis.noCanvas?.(); // p5 makes one that is not needed
  canvas = document.createElement("canvas");
  document.querySelector("main").append(canvas);
  addEventListener("click", () => { seed = Math.floor(Math.random() * 1e9); player?.resume(); });
}

function draw() {
  const time = performance.now() / 1000, moves = {};
  artgen.directions.slice(0, 2).forEach((name, k) => { moves[name] = 2 * Math.sin(time / (3 + k)); });
  if (artgen.medium !== "sound") artgen.want({ seed, truncation: 0.8, moves }); // again and again: the newest wish counts
  else if (shown?.seed !== seed && artgen.want({ seed })) shown = { seed };
  const made = artgen.latest;
  if (made?.frames) {
    if (canvas.width !== made.width || canvas.height !== made.height) Object.assign(canvas, { width: made.width, height: made.height });
    canvas.getContext("2d").putImageData(made.frames[Math.floor(time * (made.fps || 1)) % made.frames.length], 0, 0);
  } else if (made?.samples && made !== shown.made) {
    shown.made = made;
    hear(made);
  }
}

function hear({ samples, rate }) { // in a loop, after the first click, which browsers ask for
  player?.close();
  player = new AudioContext();
  const source = player.createBufferSource();
  source.buffer = player.createBuffer(1, samples.length, rate);
  source.buffer.copyToChannel(samples, 0);
  source.loop = true;
  source.connect(player.destination);
  source.start();
  Object.assign(canvas, { width: 600, height: 200 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#0a5dc2";
  for (let x = 0; x < 600; x++) {
    const part = samples.subarray(x / 600 * samples.length, (x + 1) / 600 * samples.length), high = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0.01);
    pen.fillRect(x, 100 - 95 * high, 1, 190 * high);
  }
}
