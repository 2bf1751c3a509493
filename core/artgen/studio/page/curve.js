// Curves of a training: one small chart for each group of figures, drawn as SVG.

import { h } from "./dom.js";

const NS = "http://www.w3.org/2000/svg", WIDTH = 320, HEIGHT = 120;
const GROUPS = [["Losses", ["loss_g", "loss_d"]], ["Works a second", ["items_per_second"]], ["Augmentation", ["augment"]],
  ["Variety of works made and of real ones", ["diversity", "diversity_real"]], ["Size of the steps", ["grad_norm_g", "grad_norm_d"]]];

const svg = (tag, attributes) => {
  const el = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, String(value));
  return el;
};

export function curves(reports) {
  const told = reports.flatMap((report) => Object.entries(report.values ?? {})).filter(([, value]) => value); // what stays 0 says nothing
  const names = new Set(told.map(([name]) => name));
  const known = GROUPS.map(([title, members]) => [title, members.filter((name) => names.has(name))]);
  const rest = [...names].filter((name) => !GROUPS.some(([, members]) => members.includes(name)));
  return h("div", { class: "charts" }, [...known, ...rest.map((name) => [name.replaceAll("_", " "), [name]])].filter(([, members]) => members.length)
    .map(([title, members]) => chart(title, members, reports)));
}

function chart(title, members, reports) {
  const rows = members.map((name) => reports.filter((r) => Number.isFinite(r.values?.[name])).map((r) => [r.seen, r.values[name]]));
  const all = rows.flat(), low = Math.min(...all.map(([, y]) => y)), high = Math.max(...all.map(([, y]) => y)), most = Math.max(1, ...all.map(([x]) => x));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: from ${number(low)} to ${number(high)}` });
  rows.forEach((points, k) => {
    const path = points.map(([x, y], i) => `${i ? "L" : "M"}${(x / most * WIDTH).toFixed(1)} ${(HEIGHT - 4 - (y - low) / (high - low || 1) * (HEIGHT - 8)).toFixed(1)}`);
    picture.append(svg("path", { d: path.join(""), class: `line s${k}` }));
  });
  const legend = members.map((name, k) => h("span", { class: `s${k}` }, `${name.replaceAll("_", " ")} `, h("b", {}, number(rows[k].at(-1)?.[1]))));
  return h("figure", { class: "chart" }, h("figcaption", {}, h("h3", {}, title)), picture, h("p", { class: "legend" }, legend));
}

const number = (value) => Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : "–";
