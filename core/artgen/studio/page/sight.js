// What has the focus stays in sight when something that comes later, such as the strip of favorites, moves it.

const seen = (element) => { const box = element.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; };
let held = null; // what has the focus, until the person scrolls it out of sight
let height = 0; // of the page, in pixels

export function keepInSight() {
  addEventListener("focusin", ({ target }) => { held = target; });
  addEventListener("scroll", () => { if (held && document.body.offsetHeight === height && !seen(held)) held = null; });
  new ResizeObserver(() => {
    height = document.body.offsetHeight;
    if (held?.isConnected && held === document.activeElement && !seen(held)) held.scrollIntoView({ block: "nearest" });
  }).observe(document.body);
}
