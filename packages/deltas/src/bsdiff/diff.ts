const WINDOW = 24;
const TABLE_BITS = 20;

/**
 * Makes a bsdiff stream ("bsdiff stream" of the delta format) that turns `from` into `to`: matches are found by the
 * hashes of short windows and extended over differing bytes.
 */
export function bsdiff(from: Uint8Array, to: Uint8Array): Uint8Array {
  const places = indexWindows(from);
  const out: Uint8Array[] = [];
  let done = 0; // bytes of `to` that are written
  let old = 0; // where the last segment ended in `from`
  let add = 0; // length of the segment that is open
  const emit = (end: number, next: number): void => {
    const head = new DataView(new ArrayBuffer(24));
    number(head, 0, add);
    number(head, 8, end - done - add);
    number(head, 16, next - old - add);
    const diff = new Uint8Array(add);
    for (let i = 0; i < add; i++) diff[i] = (to[done + i] as number) - (from[old + i] as number);
    out.push(new Uint8Array(head.buffer), diff, to.subarray(done + add, end));
    done = end;
    old = next;
    add = 0;
  };
  add = extend(from, to, old, done);
  for (let at = done + add; at + WINDOW <= to.length; ) {
    const place = (places[hash(to, at)] as number) - 1;
    if (place >= 0 && same(from, place, to, at)) {
      emit(at, place);
      add = extend(from, to, place, at);
      at += Math.max(add, 1);
    } else at++;
  }
  emit(to.length, old + add);
  return Buffer.concat(out);
}

function indexWindows(bytes: Uint8Array): Uint32Array {
  const places = new Uint32Array(1 << TABLE_BITS);
  for (let at = 0; at + WINDOW <= bytes.length; at += 4) places[hash(bytes, at)] = at + 1;
  return places;
}

function hash(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < WINDOW; i++) value = Math.imul(value, 0x01000193) + (bytes[at + i] as number);
  return Math.imul(value, 0x9e3779b1) >>> (32 - TABLE_BITS);
}

function same(from: Uint8Array, place: number, to: Uint8Array, at: number): boolean {
  for (let i = 0; i < WINDOW; i++) if (from[place + i] !== to[at + i]) return false;
  return true;
}

/** How far `to` goes on like `from`, differing bytes included as long as most are equal. */
function extend(from: Uint8Array, to: Uint8Array, old: number, at: number): number {
  const limit = Math.min(from.length - old, to.length - at);
  let best = 0;
  let score = 0;
  let top = 0;
  for (let i = 0; i < limit && score > top - 32; i++) {
    score += from[old + i] === to[at + i] ? 1 : -1;
    if (score <= top) continue;
    top = score;
    best = i + 1;
  }
  return best;
}

function number(view: DataView, at: number, value: number): void {
  const magnitude = Math.abs(value);
  view.setUint32(at, magnitude >>> 0, true);
  view.setUint32(at + 4, Math.floor(magnitude / 2 ** 32) | (value < 0 ? 0x8000_0000 : 0), true);
}
