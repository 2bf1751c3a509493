// The page begins here: which view an address shows, and what every view shares.

import { main, show, toast, h, byId } from "./dom.js";
import { home } from "./home.js";
import { openKeys } from "./keys.js";
import { line, ask, trouble } from "./net.js";
import { play } from "./play.js";
import { learn } from "./learn.js";
import { change } from "./change.js";

let here = 0;

const VIEWS = { play, learn, change };

async function route() {
  const mine = ++here;
  const [, name = "", id = ""] = location.hash.split("/");
  main().dataset.ready = "false";
  try {
    await (VIEWS[name] ?? home)(decodeURIComponent(id), () => mine === here);
  } catch (error) {
    if (mine !== here) return;
    show(h("section", { class: "center" }, h("h1", {}, "This cannot be shown"), h("p", { class: "lead" }, error.message),
      h("p", {}, h("a", { class: "button", href: "#/" }, "Back to the start"))), { title: "Trouble" });
  }
}

addEventListener("hashchange", () => { route(); scrollTo(0, 0); });
addEventListener("dragover", (event) => event.preventDefault()); // a file beside the drop zone must not replace the page
addEventListener("drop", (event) => event.preventDefault());
addEventListener("unhandledrejection", ({ reason }) => toast(reason?.message ?? "Something went wrong.", true));
byId("keys").addEventListener("click", openKeys);

line.open();
ask("/api/hello").then(({ first }) => {
  if (first && location.hash.length < 3) location.replace(`#/play/${first}`);
  else route();
}).catch((error) => {
  trouble(error.message);
  show(h("section", { class: "center" }, h("h1", {}, "The studio is closed to this page"),
    h("p", { class: "lead" }, "Open the address that artgen studio printed in its window.")), { title: "Closed" });
});
