// The second screen: what is played, large, and nothing else. It connects again by itself; a click fills the screen.

import { byId } from "./dom.js";
import { line } from "./net.js";
import { Stage } from "./views.js";

const stage = new Stage(true);
byId("main").append(stage.element);
line.addEventListener("open", () => line.say({ op: "stage" }));
line.addEventListener("heard", ({ detail: { head, data } }) => {
  if (head.kind === "dark") stage.dark = head.dark;
  else if (data) stage.show({ head, data });
});
addEventListener("dblclick", () => { if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen(); });
addEventListener("keydown", ({ key }) => { if (key === "f") document.documentElement.requestFullscreen(); });
line.open();
