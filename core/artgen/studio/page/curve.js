// Curves of a training: one small chart for each group of figures, drawn as SVG.

import { h } from "./dom.js";

const NS = "http://www.w3.org/2000/svg", WIDTH = 320, HEIGHT = 120;
const GROUPS = [["Losses: balance matters, not a fall to zero", { loss_g: "maker", loss_d: "judge" }], ["Works a second", { items_per_second: "works" }],
  ["Variety: a fall of what is made is a collapse", { diversity: "made", diversity_real: "yours" }], ["How far apart the judge rates yours and made ones", { d_margin: "margin" }],
  ["Certainty of the judge: near 1 it knows yours by heart", { d_sign: "certainty" }], ["Random changes that keep it from that", { augment: "strength" }],
  ["Size of the steps", { grad_norm_g: "maker", grad_norm_d: "judge" }], ["What holds the judge back", { penalty: "penalty" }], ["Wishes taken", { wishes: "wishes" }]];
const NAMES = Object.assign({}, ...GROUPS.map(([, members]) => members));

const svg = (tag, attributes) => {
  const el = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, String(value));
  return el;
};

export function curves(reports) {
  const told = reports.flatMap((report) => Object.entries(report.values ?? {})).filter(([, value]) => value); // what stays 0 says nothing
  const names = new Set(told.map(([name]) => name));
  const known = GROUPS.map(([title, members]) => [title, Object.keys(members).filter((name) => names.has(name))]);
  const rest = [...names].filter((name) => !NAMES[name]);
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
  const legend = members.map((name, k) => h("span", { class: `s${k}` }, `${NAMES[name] ?? name.replaceAll("_", " ")} `, h("b", {}, number(rows[k].at(-1)?.[1]))));
  return h("figure", { class: "chart" }, h("figcaption", {}, h("h3", {}, title)), picture, h("p", { class: "legend" }, legend));
}

const number = (value) => Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : "–";
