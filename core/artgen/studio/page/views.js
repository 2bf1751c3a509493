// Works on the page: one large, many small. Pictures and films are painted from raw bytes, files shown as they are.

import { Calm } from "./calm.js";
import { h } from "./dom.js";
import { SoundStage } from "./sound.js";
import { STILL, picture } from "./still.js";

/** Paint `[h, w, 3]` bytes. */
export function paint(canvas, height, width, bytes, offset = 0) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"), picture = context.createImageData(width, height), to = picture.data;
  for (let i = 0, j = offset, end = height * width * 4; i < end; i += 4, j += 3) {
    to[i] = bytes[j]; to[i + 1] = bytes[j + 1]; to[i + 2] = bytes[j + 2]; to[i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

/** Paints large frames without flashes: what flickers is shown nearer to what was there, until it has come to rest. */
class Screen {
  #calm = new Calm(); #again = 0; #last = null;
  dark = false;
  held = false; // what is shown is not yet what was given

  constructor(canvas, limited, tell = () => {}) { Object.assign(this, { canvas, limited, tell }); }

  #hold(held) { if (held !== this.held) { this.held = held; this.tell(); } }

  show(height, width, bytes, offset = 0) {
    cancelAnimationFrame(this.#again);
    const size = height * width * 3, given = this.dark ? new Uint8Array(size) : bytes.subarray(offset, offset + size);
    this.#last = [height, width, bytes, offset];
    const limited = this.limited() ? this.#calm.frame(given, height, width, performance.now() / 1000) : given;
    paint(this.canvas, height, width, limited);
    this.#hold(limited !== given);
    if (this.held) this.#again = requestAnimationFrame(() => this.again());
  }

  /** The same once more, as dark or light as it is to be now. */
  again() { if (this.#last) this.show(...this.#last); }
  close() { cancelAnimationFrame(this.#again); this.#hold(false); }
}

class PictureStage {
  #canvas = h("canvas", { role: "img" });
  element = h("div", { class: "stage-work" }, this.#canvas);
  constructor(limited, bare, tell) { this.screen = new Screen(this.#canvas, limited, tell); }
  show({ head, data }) { this.screen.show(head.height, head.width, data); crisp(this.#canvas); }
  describe(text) { this.#canvas.setAttribute("aria-label", text); }
  close() { this.screen.close(); }
}

class FilmStage {
  #canvas = h("canvas", { role: "img" });
  #film = null; #frame = 0; #last = 0; #timer = 0;
  #going = !STILL.matches;
  #button = h("button", { type: "button", class: "small", onclick: () => this.toggle() });
  #seek = h("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Moment of the film",
    oninput: () => { this.#going = false; this.#frame = Number(this.#seek.value); this.#draw(); this.#label(); } });
  element = h("div", { class: "stage-work" }, this.#canvas, h("div", { class: "transport" }, this.#button, this.#seek));
  constructor(limited, bare, tell) {
    this.screen = new Screen(this.#canvas, limited, tell);
    if (bare) this.#going = true;
  }

  show({ head, data }) {
    this.#film = { ...head, data };
    this.#frame %= head.frames;
    this.#seek.max = String(head.frames - 1);
    this.#draw();
    crisp(this.#canvas);
    this.#label();
    if (!this.#timer) this.#timer = requestAnimationFrame((now) => this.#tick(now));
  }

  toggle() { this.#going = !this.#going; this.#label(); }
  describe(text) { this.#canvas.setAttribute("aria-label", text); }
  close() { cancelAnimationFrame(this.#timer); this.#timer = 0; this.screen.close(); }
  #label() { this.#button.textContent = this.#going ? "Pause" : "Play"; }

  #draw() {
    const { height, width, data } = this.#film;
    this.screen.show(height, width, data, this.#frame * height * width * 3);
    this.#seek.value = String(this.#frame);
    this.#seek.setAttribute("aria-valuetext", `frame ${this.#frame + 1} of ${this.#film.frames}`);
  }

  #tick(now) {
    this.#timer = requestAnimationFrame((next) => this.#tick(next));
    if (this.#going && now - this.#last >= 1000 / this.#film.rate) {
      this.#last = now;
      this.#frame = (this.#frame + 1) % this.#film.frames;
      this.#draw();
    }
  }
}

class FileStage {
  element = h("div", { class: "stage-work" });
  #url = null; #text = "";
  show({ head, data }) {
    this.close();
    this.#url = URL.createObjectURL(new Blob([data], { type: head.mime }));
    const work = head.medium === "audio" ? h("audio", { controls: true, src: this.#url })
      : head.medium === "video" ? h("video", { controls: true, loop: true, src: this.#url }) : picture(this.#url, { alt: this.#text }, head.mime);
    this.element.replaceChildren(work);
  }
  describe(text) { this.#text = text; const img = this.element.querySelector("img"); if (img) img.alt = text; else this.element.querySelector("canvas")?.setAttribute("aria-label", text); }
  close() { if (this.#url) URL.revokeObjectURL(this.#url); }
}

const STAGES = { picture: PictureStage, film: FilmStage, sound: SoundStage, file: FileStage };

/** The one large work. Another kind of work takes another stage. `bare`: for a screen of its own, where a film always plays. */
export class Stage {
  calm = true; // no flashes
  tell = () => {}; // hears when what is shown begins or ends to wait for that
  #dark = false;
  element = h("div", { class: "stage" }, h("p", { class: "waiting" }, "Opening …"));
  kind = null;
  #inner = null; #text = "";

  constructor(bare = false) { this.bare = bare; }

  /** Whether the work is not yet shown as it is, because it would flash. */
  get held() { return this.#inner?.screen?.held ?? false; }

  get dark() { return this.#dark; }
  set dark(on) {
    this.#dark = on;
    this.element.classList.toggle("dark", on && !this.#inner?.screen); // a sound has no picture to be dark
    if (this.#inner?.screen) { this.#inner.screen.dark = on; this.#inner.screen.again(); }
  }

  show(answer) {
    const { kind } = answer.head;
    if (kind !== this.kind) {
      this.#inner?.close();
      this.kind = kind;
      this.#inner = new STAGES[kind](() => this.calm, this.bare, () => this.tell());
      if (this.#inner.screen) this.#inner.screen.dark = this.#dark;
      this.element.replaceChildren(this.#inner.element);
      this.element.dataset.kind = kind;
    }
    this.#inner.show(answer);
    this.#inner.describe(this.#text);
  }

  describe(text) { this.#text = text; this.#inner?.describe(text); }
  toggle() { this.#inner?.toggle?.(); }
  close() { this.#inner?.close(); }
}

/** Small pictures as they are, with their pixels seen; larger ones smooth. */
function crisp(canvas) { canvas.classList.toggle("crisp", Math.max(canvas.width, canvas.height) < 48); }

/** A small work into its canvas; a film moves while the pointer or the focus is on `holder`, but where less motion is asked for. */
export function thumbnail(canvas, { head, data }, holder = canvas) {
  if (head.kind === "picture") paint(canvas, head.height, head.width, data);
  else if (head.kind === "film") film(canvas, head, data, holder);
  else if (head.kind === "envelope") envelope(canvas, new Int8Array(data.buffer, data.byteOffset, head.columns * 2));
  else if (head.mime?.startsWith("image/")) drawn(canvas, data, head.mime);
}

function film(canvas, { frames, height, width, rate }, data, holder) {
  let timer = 0, at = 0;
  const draw = () => paint(canvas, height, width, data, at * height * width * 3);
  draw();
  const stop = () => { clearInterval(timer); timer = 0; };
  const start = () => {
    stop();
    timer = setInterval(() => {
      if (!canvas.isConnected) { stop(); return; }
      at = (at + 1) % frames;
      draw();
    }, 1000 / rate);
  };
  if (!STILL.matches) Object.assign(holder, { onpointerenter: start, onpointerleave: stop, onfocus: start, onblur: stop });
}

function envelope(canvas, pairs) {
  const columns = pairs.length / 2, height = 160, most = pairs.reduce((far, v) => Math.max(far, Math.abs(v)), 16); // all are played equally loud
  Object.assign(canvas, { width: columns * 2, height });
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(canvas).color;
  for (let i = 0; i < columns; i++) {
    const top = height / 2 * (1 - pairs[i * 2 + 1] / most), bottom = height / 2 * (1 - pairs[i * 2] / most);
    context.fillRect(i * 2, top, 2, Math.max(1, bottom - top));
  }
}

async function drawn(canvas, data, mime) {
  const bitmap = await createImageBitmap(new Blob([data], { type: mime }));
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}
