// Files that are saved from the page: a picture as PNG, a film as animated PNG, a sound as WAV, each with its label in its metadata.
"use strict";
const artgenFiles = (() => {
  const bytes = (text) => new TextEncoder().encode(text);
  function crc(data) {
    let sum = -1;
    for (const byte of data) {
      sum ^= byte;
      for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum;
  }
  function chunk(kind, ...parts) { // of a PNG
    const data = parts.reduce((size, part) => size + part.length, 0), made = new Uint8Array(data + 12), view = new DataView(made.buffer);
    view.setUint32(0, data);
    made.set(bytes(kind), 4);
    let at = 8;
    for (const part of parts) { made.set(part, at); at += part.length; }
    view.setInt32(at, crc(made.subarray(4, at)));
    return made;
  }
  const numbers = (...rows) => { // [bytes of it, value]
    const made = new DataView(new ArrayBuffer(rows.reduce((size, [wide]) => size + wide, 0)));
    let at = 0;
    for (const [wide, value] of rows) { made[{ 1: "setUint8", 2: "setUint16", 4: "setUint32" }[wide]](at, value); at += wide; }
    return new Uint8Array(made.buffer);
  };
  const label = (packet) => chunk("iTXt", bytes(`XML:com.adobe.xmp\0\0\0\0\0${packet}`));
  const png = async (canvas) => new Uint8Array(await (await new Promise((done) => canvas.toBlob(done, "image/png"))).arrayBuffer());
  const HEAD = 33; // bytes of a PNG before its chunks, its size among them

  async function picture(canvas, packet) {
    const data = await png(canvas);
    return new Blob([data.slice(0, HEAD), label(packet), data.slice(HEAD)], { type: "image/png" });
  }

  async function film(frames, rate, packet) { // ImageData of one size
    const canvas = document.createElement("canvas"), { width, height } = Object.assign(canvas, { width: frames[0].width, height: frames[0].height });
    const parts = [label(packet), chunk("acTL", numbers([4, frames.length], [4, 0]))];
    let head = null, number = 0;
    for (const [k, frame] of frames.entries()) {
      canvas.getContext("2d").putImageData(frame, 0, 0);
      const data = await png(canvas), view = new DataView(data.buffer);
      head ??= data.slice(0, HEAD);
      parts.push(chunk("fcTL", numbers([4, number++], [4, width], [4, height], [4, 0], [4, 0], [2, 1000], [2, Math.round(rate * 1000)], [1, 0], [1, 0])));
      for (let at = HEAD, size; at < data.length; at += size + 12) {
        size = view.getUint32(at);
        if (String.fromCharCode(...data.slice(at + 4, at + 8)) !== "IDAT") continue;
        const body = data.subarray(at + 8, at + 8 + size);
        parts.push(k ? chunk("fdAT", numbers([4, number++]), body) : chunk("IDAT", body));
      }
    }
    return new Blob([head, ...parts, chunk("IEND")], { type: "image/png" });
  }

  function sound(samples, rate, packet) { // one channel in [-1, 1]
    const text = bytes(packet), size = samples.length * 2, data = new DataView(new ArrayBuffer(44 + size + 8 + text.length + (text.length & 1)));
    const word = (at, kind) => new Uint8Array(data.buffer).set(bytes(kind), at), long = (at, value) => data.setUint32(at, value, true);
    word(0, "RIFF"); long(4, data.byteLength - 8); word(8, "WAVEfmt "); long(16, 16);
    data.setUint16(20, 1, true); data.setUint16(22, 1, true); long(24, rate); long(28, rate * 2); data.setUint16(32, 2, true); data.setUint16(34, 16, true);
    word(36, "data"); long(40, size);
    samples.forEach((value, i) => data.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, value)) * 32767), true));
    word(44 + size, "_PMX"); long(48 + size, text.length);
    new Uint8Array(data.buffer).set(text, 52 + size);
    return new Blob([data], { type: "audio/wav" });
  }
  return { picture, film, sound };
})();
