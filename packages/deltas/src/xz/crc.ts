const table32 = makeTable32();
const [table64Low, table64High] = makeTable64();

/** CRC-32 (IEEE) as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = (table32[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** CRC-64 (ECMA-182, reflected) as its low and high unsigned halves. */
export function crc64(bytes: Uint8Array): { readonly low: number; readonly high: number } {
  let low = -1;
  let high = -1;
  for (let i = 0; i < bytes.length; i++) {
    const index = (low ^ (bytes[i] as number)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (table64Low[index] as number);
    high = (high >>> 8) ^ (table64High[index] as number);
  }
  return { low: ~low >>> 0, high: ~high >>> 0 };
}

function makeTable32(): Int32Array {
  const table = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table[i] = value;
  }
  return table;
}

function makeTable64(): [Int32Array, Int32Array] {
  const lows = new Int32Array(256);
  const highs = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let low = i;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry) {
        low ^= 0xd7870f42;
        high ^= 0xc96c5795;
      }
    }
    lows[i] = low;
    highs[i] = high;
  }
  return [lows, highs];
}
