"use strict";
(() => {
  const audible = (player) => player instanceof HTMLAudioElement || !player.muted;
  const players = [...document.querySelectorAll("audio")];

  // One sound at a time.
  document.addEventListener("play", (event) => {
    if (!audible(event.target)) return;
    for (const other of document.querySelectorAll("audio, video")) {
      if (other !== event.target && audible(other)) other.pause();
    }
  }, true);

  // Play the newest sounds one after the other.
  const works = document.querySelector(".works.sounds");
  const queue = works ? [...works.querySelectorAll("audio")] : [];
  if (queue.length > 1) {
    let on = false;
    const button = document.createElement("button");
    const show = () => { button.textContent = on ? "Stop" : "Play all"; };
    const play = (index) => {
      const player = queue[index];
      if (!on || !player) { on = false; show(); return; }
      player.currentTime = 0;
      player.play().catch(() => { on = false; show(); });
    };
    queue.forEach((player, index) => player.addEventListener("ended", () => on && play(index + 1)));
    button.type = "button";
    button.addEventListener("click", () => {
      on = !on;
      show();
      if (on) play(0); else queue.forEach((player) => player.pause());
    });
    show();
    works.before(button);
  }
  players.forEach((player) => {
    const mark = () => player.closest("figure")?.classList.toggle("playing", !player.paused);
    ["play", "pause", "ended"].forEach((name) => player.addEventListener(name, mark));
  });

  // Read values off the curves, by pointer or arrow keys.
  for (const figure of document.querySelectorAll(".chart")) {
    const points = JSON.parse(figure.dataset.points);
    const svg = figure.querySelector("svg[role=img]");
    const cursor = svg.querySelector(".cursor");
    const moment = figure.querySelector(".moment");
    const values = [...figure.querySelectorAll(".legend b")];
    const rest = { moment: moment.textContent, values: values.map((value) => value.textContent) };
    let at = points.length - 1;
    const read = (index) => {
      at = Math.max(0, Math.min(points.length - 1, index));
      const [x, text, ...numbers] = points[at];
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.setAttribute("visibility", "visible");
      moment.textContent = "At " + text;
      values.forEach((value, i) => { value.textContent = numbers[i]; });
    };
    const leave = () => {
      cursor.setAttribute("visibility", "hidden");
      moment.textContent = rest.moment;
      values.forEach((value, i) => { value.textContent = rest.values[i]; });
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      let best = 0;
      points.forEach((point, i) => { if (Math.abs(point[0] - x) < Math.abs(points[best][0] - x)) best = i; });
      read(best);
    });
    svg.addEventListener("pointerleave", leave);
    svg.addEventListener("focus", () => read(at));
    svg.addEventListener("blur", leave);
    svg.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: points.length - 1 };
      if (event.key in steps) { read(steps[event.key]); event.preventDefault(); }
    });
    svg.setAttribute("tabindex", "0");
  }

  // Paper cannot unfold.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
