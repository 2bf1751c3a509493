// The page begins here: which view an address shows, and what every view shares.

import { main, missing, show, toast, h, byId } from "./dom.js";
import { home } from "./home.js";
import { openKeys } from "./keys.js";
import { DEAD, line, ask } from "./net.js";
import { keepInSight } from "./sight.js";

const LATER = 600; // ms until the modules of the other views are fetched

let here = 0;

const VIEWS = { play: () => import("./play.js"), learn: () => import("./learn.js"), change: () => import("./change.js") }; // the first view does without

/** Show the view of the address. `hello`: what the studio said just now, for a first view that would ask the same. */
async function route(hello = null) {
  const mine = ++here;
  const [, name = "", id = ""] = location.hash.split("/");
  main().dataset.ready = "false";
  try {
    const view = id && VIEWS[name] ? (await VIEWS[name]().catch(() => { throw new Error(DEAD); }))[name] : home;
    if (mine === here) await view(id, () => mine === here, hello);
  } catch (error) {
    if (mine !== here) return;
    show(missing(error.message), { title: "Trouble" });
  }
}

addEventListener("hashchange", () => {
  for (const open of document.querySelectorAll("dialog[open]")) open.close(); // of the view that is left: it would lie over the next
  route();
  scrollTo(0, 0);
});
addEventListener("dragover", (event) => event.preventDefault()); // a file beside the drop zone must not replace the page
addEventListener("drop", (event) => event.preventDefault());
addEventListener("unhandledrejection", ({ reason }) => toast(reason?.message ?? "Something went wrong.", true));
byId("keys").addEventListener("click", openKeys);
byId("skip").addEventListener("click", (event) => { event.preventDefault(); main().focus(); }); // its address would be another view
keepInSight();

line.open();
ask("/api/hello").then(async (hello) => {
  if (hello.first && location.hash.length < 3) location.replace(`#/play/${hello.first}`);
  else await route(hello);
  setTimeout(() => {
    Object.values(VIEWS).forEach((load) => load().catch(() => {})); // so that the next view opens at once
    import("./making.js").then(({ follow }) => follow(), () => {});
  }, LATER);
}).catch((error) => {
  line.addEventListener("open", () => location.reload(), { once: true }); // it answers again
  show(h("section", { class: "center" }, h("h1", {}, "The studio is closed to this page"), h("p", { class: "lead" }, error.message)), { title: "Closed" });
});
