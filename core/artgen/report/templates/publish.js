// Plays the works that lie in this page: one large, others to go to, sliders and a pad between what was rendered ahead.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const atlas = JSON.parse(byId("atlas").textContent), { works, assets } = atlas;
  const stage = byId("stage"), kind = stage.dataset.kind, caption = byId("caption"), range = (id) => byId(id);
  const sliders = atlas.sliders.map((_, k) => byId(`slider-${k}`)), REACH = 3;
  const across = range("across"), up = range("up"), pad = byId("pad");
  let at = 0, shown = { parts: [[works[0].at, 1]], title: works[0].title };

  // ---- what is seen: pictures lie over each other by their shares, of films and sounds the nearest is taken

  const pictures = new Map();
  const picture = (number) => {
    if (!pictures.has(number)) { const image = new Image(); image.src = assets[number]; pictures.set(number, image.decode().then(() => image)); }
    return pictures.get(number);
  };
  const still = (number) => assets[number].startsWith("data:image/");
  let turn = 0, canvas = null, playing = assets[works[0].at];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  async function show(parts, title) {
    shown = { parts, title };
    caption.textContent = title;
    live?.forget();
    byId("hold").hidden = true;
    const mine = ++turn;
    if (parts.every(([number]) => still(number))) {
      const images = await Promise.all(parts.map(async ([number, share]) => [await picture(number), share]));
      if (mine === turn) blend(images, title);
    } else play(assets[parts.reduce((a, b) => (b[1] > a[1] ? b : a))[0]], title);
    if (mine === turn) document.documentElement.dataset.artgenShown = title;
  }

  function blend(images, title) {
    const { naturalWidth: width, naturalHeight: height } = images[0][0];
    const pen = face(width, height, title).getContext("2d");
    let sum = 0;
    for (const [image, share] of images) { // each over the others so that the shares come out
      sum += share;
      pen.globalAlpha = share / sum;
      pen.drawImage(image, 0, 0, width, height);
    }
  }
  function face(width, height, title) { // the canvas in its place
    canvas ??= document.createElement("canvas");
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.className = Math.max(width, height) < 48 ? "small" : "";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", title);
    if (stage.firstElementChild !== canvas) stage.replaceChildren(canvas);
    return canvas;
  }

  async function heard(source) { // the samples of a file in the page
    const bytes = Uint8Array.from(atob(source.slice(source.indexOf(",") + 1)), (sign) => sign.charCodeAt(0));
    return (await new OfflineAudioContext(1, 1, 16000).decodeAudioData(bytes.buffer)).getChannelData(0);
  }
  async function wave(source, given) { // the sound as it will be heard, drawn
    const face = byId("wave"), pen = face.getContext("2d"), samples = given ?? await heard(source);
    if (playing !== source) return;
    pen.clearRect(0, 0, face.width, face.height);
    pen.fillStyle = getComputedStyle(face).color;
    for (let x = 0; x < face.width; x += 3) {
      let low = 0, high = 0;
      for (let i = Math.floor(x / face.width * samples.length), end = Math.floor((x + 3) / face.width * samples.length); i < end; i++) { low = Math.min(low, samples[i]); high = Math.max(high, samples[i]); }
      pen.fillRect(x, (1 - high) / 2 * face.height, 2, Math.max(1, (high - low) / 2 * face.height));
    }
  }

  function play(source, title, samples = null) { // samples: of a sound, where they are known
    const tag = samples || source.startsWith("data:audio/") ? "audio" : "video";
    let player = stage.firstElementChild;
    if (player?.localName !== tag) {
      player = document.createElement(tag);
      Object.assign(player, { controls: true, loop: true, muted: tag === "video", playsInline: true });
      stage.replaceChildren(player);
      playing = null;
    }
    player.setAttribute("aria-label", title);
    if (playing === source) return;
    const going = tag === "video" ? !calm : !player.paused, moment = player.currentTime;
    if (playing?.startsWith("blob:")) URL.revokeObjectURL(playing);
    playing = source;
    if (tag === "audio") wave(source, samples).catch(() => {}); // it plays all the same
    player.src = source;
    player.onloadedmetadata = () => { if (moment < player.duration) player.currentTime = moment; };
    if (going) player.play().catch(() => {});
  }

  // ---- places

  const between = (row, share) => { // share in [0, 1] along a row: the two beside it
    const place = share * (row.length - 1), low = Math.min(row.length - 2, Math.floor(place)), rest = place - low;
    return [[row[low], 1 - rest], [row[low + 1], rest]].filter(([, part]) => part > 0.001);
  };
  const share = (input) => (Number(input.value) + REACH) / (2 * REACH);
  const label = (input) => document.querySelector(`label[for=${input.id}]`).textContent;
  const signed = (input) => `${label(input)} ${Number(input.value) < 0 ? "−" : "+"}${Math.abs(Number(input.value)).toFixed(1)}`;

  function reset(except = []) {
    for (const input of [...sliders, across, up]) if (input && !except.includes(input)) input.value = "0";
    dot();
  }
  function dot() {
    if (!pad) return;
    Object.assign(pad.firstElementChild.style, { left: `${share(across) * 100}%`, top: `${(1 - share(up)) * 100}%` });
  }
  function go(number) {
    at = (number + works.length) % works.length;
    reset();
    mark();
    place = works[at].place && { ...works[at].place, title: works[at].title, truncation: 1 };
    if (live && place && works[at].name === place.seed) byId("seed").value = place.seed;
    show([[works[at].at, 1]], works[at].title);
    history.replaceState(null, "", `#work=${encodeURIComponent(works[at].name)}`);
  }
  function mark(none = false) {
    byId("walk")?.setAttribute("aria-pressed", "false");
    [...byId("works").querySelectorAll("button")].forEach((button, k) => button.setAttribute("aria-pressed", String(!none && k === at)));
  }
  sliders.forEach((input, k) => input.addEventListener("input", () => {
    input.setAttribute("aria-valuetext", signed(input));
    if (make()) return;
    at = 0;
    reset([input]);
    mark();
    show(between(atlas.sliders[k], share(input)), `${works[0].title}, ${signed(input)}`);
  }));
  function onpad() {
    dot();
    if (make()) return;
    at = 0;
    reset([across, up]);
    mark();
    const rows = between(atlas.pad.toReversed(), share(up)); // rows come from the top
    const parts = rows.flatMap(([row, part]) => between(row, share(across)).map(([number, rest]) => [number, part * rest]));
    show(parts, `${works[0].title}, ${signed(across)}, ${signed(up)}`);
  }
  if (pad) {
    across.addEventListener("input", onpad);
    up.addEventListener("input", onpad);
    const point = (event) => {
      const box = pad.getBoundingClientRect(), inside = (value) => String((Math.min(1, Math.max(0, value)) * 2 - 1) * REACH);
      across.value = inside((event.clientX - box.left) / box.width);
      up.value = inside(1 - (event.clientY - box.top) / box.height);
      onpad();
    };
    pad.addEventListener("pointerdown", (event) => { pad.setPointerCapture(event.pointerId); point(event); });
    pad.addEventListener("pointermove", (event) => { if (pad.hasPointerCapture(event.pointerId)) point(event); });
  }

  // ---- the generator itself, where the page holds it and the browser runs it; until then, and without it, what was rendered ahead

  let live = null, place = null;
  const vectors = (text) => new Float32Array(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer);
  for (const work of works) if (work.place) work.place.vector = vectors(work.place.vector);

  function make() { // the place that is shown, moved along every slider at once
    if (!live || !place) return false;
    const moves = sliders.map((input) => Number(input.value));
    if (pad) [across, up].forEach((input, k) => { moves[k] = (moves[k] ?? 0) + Number(input.value); }); // the first two directions
    const moved = [...sliders, ...(pad ? [across, up] : [])].filter((input) => Number(input.value)).map(signed);
    const title = [place.title, ...moved].join(", ");
    turn++; // what was rendered ahead and comes late is not shown
    shown = { title, parts: [] };
    caption.textContent = title;
    live.draw(place, moves, title);
    return true;
  }
  function paint(made) { // a work of the generator: frames, one of a picture, or samples
    if (!live || shown.parts.length) return;
    shown.made = made;
    arrived?.();
    if (made.samples) play(URL.createObjectURL(artgenFiles.sound(made.samples, made.rate, atlas.label)), made.title, made.samples);
    else {
      face(made.width, made.height, made.title);
      roll(made);
    }
    Object.assign(document.documentElement.dataset, { artgenShown: made.title, artgenTook: made.took.toFixed(1), artgenSize: made.width ?? made.samples.length });
  }
  let held = calm; // a film stands still
  let moment = 0; // ms into a film; the next one goes on there
  function roll(made) { // frame after frame, as long as it is shown
    const pen = canvas.getContext("2d");
    let before = performance.now();
    const frame = (now) => {
      if (shown.made !== made || stage.firstElementChild !== canvas) return;
      if (!held) moment += Math.max(0, now - before);
      before = now;
      pen.putImageData(made.frames[Math.floor(moment * made.fps / 1000) % made.frames.length], 0, 0);
      requestAnimationFrame(frame);
    };
    byId("hold").hidden = made.frames.length < 2;
    if (made.frames.length > 1) frame(before);
    else pen.putImageData(made.frames[0], 0, 0);
  }
  function seeded(keep = false) { // a work of any seed; keep: the sliders stay
    const seed = byId("seed").value.replace(/\D/g, "") || "0", classes = live.classes, chosen = byId("class")?.value ?? "";
    const label = chosen !== "" ? Number(chosen) : classes.length ? Number(BigInt(seed) % BigInt(classes.length)) : 0, truncation = Number(byId("psi").value);
    const words = [`seed ${seed}`, ...(classes.length ? [classes[label]] : []), ...(truncation !== 1 ? [`variety ${truncation}`] : [])];
    place = { seed, label, truncation, vector: null, title: words.join(", ") };
    if (!keep) reset();
    mark(true);
    make();
    history.replaceState(null, "", `#seed=${seed}`);
  }
  async function awake(start) {
    live = await start(paint);
    byId("hold").setAttribute("aria-pressed", String(held));
    place = works[at].place && { ...works[at].place, title: works[at].title, truncation: 1 };
    byId("making").hidden = false;
    byId("controls").hidden = false;
    if (byId("how")) byId("how").textContent = "All at once, from the work that is shown.";
    byId("seed").addEventListener("input", () => seeded());
    byId("class")?.addEventListener("input", () => seeded(true));
    byId("psi").addEventListener("input", () => seeded(true));
    document.documentElement.dataset.artgenState = "live";
    follow();
  }

  // ---- files: as they were written, or a mix of pictures with the same label in its metadata

  let arrived = null;
  async function save() {
    if (!shown.parts.length && !shown.made) await new Promise((done) => { arrived = done; }); // it is being made
    const link = document.createElement("a"), { parts, made } = shown, whole = parts.length === 1 && works.find((work) => work.at === parts[0][0]);
    const nearest = parts.length ? parts.reduce((a, b) => (b[1] > a[1] ? b : a))[0] : null, name = shown.title.replace(/[^\w+-]+/g, "-");
    const give = (blob, suffix) => Object.assign(link, { href: URL.createObjectURL(blob), download: name + suffix });
    if (whole) Object.assign(link, { href: assets[whole.at], download: whole.file });
    else if (made?.samples) give(artgenFiles.sound(made.samples, made.rate, atlas.label), ".wav");
    else if (made?.frames.length > 1) give(await artgenFiles.film(made.frames, made.fps, atlas.label), ".png");
    else if (made || (nearest !== null && still(nearest))) give(await artgenFiles.picture(canvas, atlas.label), ".png");
    else if (nearest !== null) Object.assign(link, { href: assets[nearest], download: name });
    link.click();
    if (link.href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // ---- begin

  byId("before").onclick = () => go(at - 1);
  byId("next").onclick = () => go(at + 1);
  byId("surprise").onclick = () => {
    if (!live) { go(works.length < 2 ? 0 : at + 1 + Math.floor(Math.random() * (works.length - 1))); return; }
    byId("seed").value = String(crypto.getRandomValues(new Uint32Array(1))[0]);
    seeded();
  };
  byId("save").onclick = save;
  byId("hold").onclick = () => { held = !held; byId("hold").setAttribute("aria-pressed", String(held)); };
  byId("wide").hidden = !document.fullscreenEnabled;
  byId("wide").onclick = () => (document.fullscreenElement ? document.exitFullscreen() : document.querySelector(".frame").requestFullscreen());
  if (byId("walk")) {
    byId("walk").onclick = () => {
      if (byId("walk").getAttribute("aria-pressed") === "true") { go(at); return; }
      reset();
      mark();
      byId("walk").setAttribute("aria-pressed", "true");
      show([[atlas.walk, 1]], "A walk through the first works");
    };
  }
  [...byId("works").querySelectorAll("button")].forEach((button, k) => {
    button.onclick = () => go(k);
    if (!still(works[k].look)) return;
    const look = new Image();
    Object.assign(look, { alt: "", loading: "lazy", src: assets[works[k].look] });
    button.prepend(look);
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, select, audio, video")) return;
    const act = { ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1), s: save }[event.key];
    if (act) { act(); event.preventDefault(); }
  });
  function follow() {
    const wanted = new URLSearchParams(location.hash.slice(1)), name = wanted.get("work") ?? wanted.get("seed");
    const found = works.findIndex((work) => work.name === name);
    if (found >= 0) { if (found !== at) go(found); }
    else if (live && wanted.get("seed")) { byId("seed").value = wanted.get("seed"); seeded(); }
  }
  addEventListener("hashchange", follow);
  byId("actions").hidden = false;
  byId("controls").hidden = !sliders.length && !pad;
  mark();
  follow();
  if (kind === "image" && !canvas) show(shown.parts, shown.title);
  if (kind === "audio") wave(playing).catch(() => {});
  document.documentElement.dataset.artgenState = "atlas";
  // what lies behind this script in the page calls it; what was rendered ahead is played meanwhile
  globalThis.artgenAwake = (start) => awake(start).catch((error) => { live = null; console.warn(`plays what was rendered ahead: ${error}`); });
})();
