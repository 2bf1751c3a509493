"use strict";
// The standard normal numbers of a seed, as PyTorch draws them on a CPU (MT19937, Box and Muller).
class Draws {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = Number(BigInt(seed) & 0xffffffffn);
    for (let i = 1; i < 624; i++) { const before = this.state[i - 1]; this.state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i; }
    this.at = 624;
    this.second = null;
  }
  raw() {
    const s = this.state;
    if (this.at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (s[i] & 0x80000000) | (s[(i + 1) % 624] & 0x7fffffff);
        s[i] = s[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let y = s[this.at++];
    y ^= y >>> 11; y ^= (y << 7) & 0x9d2c5680; y ^= (y << 15) & 0xefc60000; y ^= y >>> 18;
    return y >>> 0;
  }
  fine() { const high = this.raw() & 0x1fffff, low = this.raw(); return (high * 4294967296 + low) / 9007199254740992; }
  one() {
    if (this.second !== null) { const kept = this.second; this.second = null; return kept; }
    const turn = 2 * Math.PI * this.fine(), length = Math.sqrt(-2 * Math.log1p(-this.fine()));
    this.second = length * Math.sin(turn);
    return length * Math.cos(turn);
  }
  normal(shape) {
    const count = shape.reduce((a, b) => a * b, 1), out = new Float32Array(count);
    if (count < 16) { for (let i = 0; i < count; i++) out[i] = this.one(); return out; }
    const uniform = (i) => { out[i] = (this.raw() & 0xffffff) / 16777216; };
    const pairs = (from) => {
      for (let i = from; i < from + 8; i++) {
        const length = Math.sqrt(-2 * Math.log(1 - out[i])), turn = 2 * Math.PI * out[i + 8];
        out[i] = length * Math.cos(turn); out[i + 8] = length * Math.sin(turn);
      }
    };
    for (let i = 0; i < count; i++) uniform(i);
    for (let i = 0; i + 16 <= count; i += 16) pairs(i);
    if (count % 16) { for (let i = count - 16; i < count; i++) uniform(i); pairs(count - 16); }
    return out;
  }
}
