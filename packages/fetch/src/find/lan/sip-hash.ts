const MASK = 0xffff_ffff_ffff_ffffn;

const add = (a: bigint, b: bigint): bigint => (a + b) & MASK;
const rotate = (a: bigint, by: bigint): bigint => ((a << by) | (a >> (64n - by))) & MASK;

class State {
  constructor(
    private v0: bigint,
    private v1: bigint,
    private v2: bigint,
    private v3: bigint,
  ) {}

  round(): void {
    this.v0 = add(this.v0, this.v1);
    this.v1 = rotate(this.v1, 13n) ^ this.v0;
    this.v0 = rotate(this.v0, 32n);
    this.v2 = add(this.v2, this.v3);
    this.v3 = rotate(this.v3, 16n) ^ this.v2;
    this.v0 = add(this.v0, this.v3);
    this.v3 = rotate(this.v3, 21n) ^ this.v0;
    this.v2 = add(this.v2, this.v1);
    this.v1 = rotate(this.v1, 17n) ^ this.v2;
    this.v2 = rotate(this.v2, 32n);
  }

  word(word: bigint): void {
    this.v3 ^= word;
    this.round();
    this.round();
    this.v0 ^= word;
  }

  finish(): bigint {
    this.v2 ^= 0xffn;
    for (let i = 0; i < 4; i++) this.round();
    return this.v0 ^ this.v1 ^ this.v2 ^ this.v3;
  }
}

/** SipHash-2-4 of 64 bits, whose key is one byte repeated. */
export function sipHash(key: number, bytes: Uint8Array): bigint {
  const k = BigInt(key) * 0x0101_0101_0101_0101n;
  const state = new State(
    k ^ 0x736f_6d65_7073_6575n,
    k ^ 0x646f_7261_6e64_6f6dn,
    k ^ 0x6c79_6765_6e65_7261n,
    k ^ 0x7465_6462_7974_6573n,
  );
  const padded = new DataView(new ArrayBuffer((bytes.length & ~7) + 8));
  new Uint8Array(padded.buffer).set(bytes);
  padded.setUint8(padded.byteLength - 1, bytes.length & 0xff);
  for (let at = 0; at < padded.byteLength; at += 8) state.word(padded.getBigUint64(at, true));
  return state.finish();
}
