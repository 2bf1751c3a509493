// What takes a while goes on without the page that asked for it: a page that was loaded anew says that it is being made, and offers
// it when it is ready.

import { count, toast } from "./dom.js";
import { DEAD, ask, line, post, sentence } from "./net.js";
import { waits } from "./ready.js";

const own = new Set(); // jobs of this page, which waits for them itself
const others = new Map(); // those of a page that is gone, with what puts their line away
const BEING = { walk: "The walk is being made.", soundtrack: "The film with sound is being made.", film: "The film of a take is being made.", apply: "Your works are being changed.", project: "The work nearest to yours is being looked for." };

/** Ask for what takes a while. What it gives is this page's to show, once; a page that takes its place finds it. */
export async function make(path, json) {
  const job = crypto.randomUUID(), seen = () => post(`/api/made/${job}/seen`).catch(() => {});
  own.add(job);
  try {
    const found = await post(path, { ...json, job });
    seen();
    return found;
  } catch (error) {
    if (error.message === DEAD) own.delete(job); // it may be made all the same, and is found when the line is back
    else seen();
    throw error;
  }
}

/** Follow what other pages have asked for, from now on. */
export function follow() {
  line.addEventListener("open", () => look());
  line.addEventListener("heard", ({ detail: { head } }) => { if (head.kind === "made" && others.has(head.job)) came(head); });
  look();
}

async function look() {
  const { jobs } = await ask("/api/made").catch(() => ({ jobs: [] }));
  for (const [job, away] of others) if (!jobs.some((one) => one.job === job)) { away(); others.delete(job); } // the studio began anew
  for (const one of jobs) {
    if (own.has(one.job) || others.has(one.job) && !ended(one)) continue;
    if (ended(one)) came(one);
    else others.set(one.job, waits(BEING[one.of]));
  }
}

const ended = ({ answer, problem }) => Boolean(answer || problem);

async function came({ job, run, of, answer, problem }) {
  others.get(job)?.();
  others.delete(job);
  post(`/api/made/${job}/seen`).catch(() => {});
  if (problem) { toast(sentence(problem), true); return; }
  const [{ offerFound, showMade }, { offerChanged }] = await Promise.all([import("./make.js"), import("./change.js")]);
  if (of === "project") offerFound(run, answer);
  else if (of === "apply") offerChanged(`${count(answer.pairs.length, "work")} changed.`, "Changed", answer.pairs);
  else showMade({ walk: "The walk", soundtrack: "The film with sound", film: "The film of a take" }[of], answer.files, null);
}
