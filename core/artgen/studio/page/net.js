// The studio's server: requests, and the socket on which states go and works come.

import { byId } from "./dom.js";

const PACKED = /\.(zip|7z|rar|tar|tgz|gz|xz)$/i;
export const DEAD = "The studio does not answer. Is its window still open? The page goes on by itself as soon as it is back.";

export async function ask(path, { method = "GET", json = null, body = null } = {}) {
  const headers = json === null ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: json === null ? body : JSON.stringify(json) });
  } catch {
    throw new Error(DEAD);
  }
  let found;
  try {
    found = await answer.json();
  } catch {
    throw new Error(`The studio answered with ${answer.status}.`);
  }
  if (!answer.ok || found.problem && answer.status !== 200) throw new Error(sentence(found.problem));
  return found;
}

export const post = (path, json = {}, method = "POST") => ask(path, { method, json });

export const sentence = (text) => {
  const said = String(text ?? "Something went wrong").trim();
  return said.charAt(0).toUpperCase() + said.slice(1) + (/[.!?]$/.test(said) ? "" : ".");
};

/** A binary answer: its head and the bytes behind it. */
export function unpack(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  return { head, data: new Uint8Array(buffer, 4 + size) };
}

class Line extends EventTarget {
  #socket = null;
  #wait = 200;

  /** Connect, and connect again whenever the line is lost. */
  open() {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#wait = 200;
      byId("trouble").hidden = true;
      this.dispatchEvent(new Event("open"));
    };
    socket.onmessage = ({ data }) => {
      const event = typeof data === "string" ? { head: JSON.parse(data), data: null } : unpack(data);
      this.dispatchEvent(new CustomEvent("heard", { detail: event }));
    };
    socket.onclose = () => {
      this.#socket = null;
      this.dispatchEvent(new Event("lost"));
      if (this.#wait > 800) trouble(DEAD);
      setTimeout(() => this.open(), this.#wait);
      this.#wait = Math.min(1500, this.#wait * 1.7);
    };
    this.#socket = socket;
  }

  get ready() { return this.#socket?.readyState === WebSocket.OPEN; }

  say(message) {
    if (this.ready) this.#socket.send(JSON.stringify(message));
    return this.ready;
  }
}

export const line = new Line();

export function trouble(text) {
  const box = byId("trouble");
  box.textContent = text;
  box.hidden = !text;
}

/** Upload files into a new drop, four at a time; its id, how many came, and what was refused. `title`: what they are called. */
export async function upload(files, tell = () => {}, title = "") {
  const { drop } = await post("/api/drops", { title });
  const waiting = [...files], refused = [];
  let done = 0;
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const name = (next.path ?? next.file.webkitRelativePath ?? "").replace(/^\/+/, "") || next.file.name;
      const path = name.split("/").map(encodeURIComponent).join("/");
      try {
        await ask(`/api/drops/${drop}/${path}`, { method: "PUT", body: next.file });
      } catch (error) {
        refused.push({ name, reason: error.message });
      }
      tell(++done, files.length);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return { drop, came: files.length - refused.length, refused };
}

/** Copy {files, title} into a new drop of the studio, but for what no plugin reads: the drop, how many were left out, and what was
 * refused. `tell` hears how far it is. Throws where nothing came. */
export async function copied({ files, title }, plugins, tell) {
  const ends = [...plugins.values()].flatMap((plugin) => plugin.suffixes ?? []);
  const good = files.filter(({ path }) => ends.some((end) => path.toLowerCase().endsWith(end)));
  const { drop, came, refused } = await upload(good, (done, all) => tell(`Copying into the studio: ${done} of ${all} …`), title);
  const packed = files.some(({ path }) => PACKED.test(path)) ? "these files are packed; unpack them and drop the folder" : null;
  if (!came) throw new Error(sentence(refused[0]?.reason ?? packed ?? "no plugin reads any of these files"));
  return { drop, left: files.length - good.length, refused };
}

/** Every file of a drop on the page, folders opened; see `strip`. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  const walk = async (entry, path) => {
    if (entry.name.startsWith(".")) return; // such a folder may hold very many
    if (entry.isFile) {
      found.push({ file: await new Promise((good, bad) => entry.file(good, bad)), path: path + entry.name });
    } else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((good, bad) => reader.readEntries(good, bad));
        if (!some.length) break;
        for (const inner of some) await walk(inner, `${path}${entry.name}/`);
      }
    }
  };
  for (const entry of entries) await walk(entry, "");
  return strip(found.length ? found : [...transfer.files].map((file) => ({ file, path: file.name })));
}

/** Files without those that a system hides, nor the one folder around everything, whose sub-folders are the classes, and that
 * folder's name as their `title`; a file alone has its own, several have none. */
export function strip(files) {
  files = files.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
  const tops = new Set(files.map(({ path }) => path.split("/")[0]));
  const [top] = tops;
  if (tops.size !== 1) return { files, title: "" };
  if (!files.every(({ path }) => path.includes("/"))) return { files, title: top.replace(/\.\w+$/, "") };
  return { files: files.map(({ file, path }) => ({ file, path: path.slice(path.indexOf("/") + 1) })), title: top };
}
