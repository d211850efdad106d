const ZERO = 0x30;

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/**
 * Compares two version strings as glibc's `strverscmp` does: runs of digits compare by value, and runs with
 * leading zeros are fractions that sort before whole numbers (`000 < 00 < 01 < 010 < 09 < 0 < 1 < 9 < 10`).
 */
export function compareVersions(a: string, b: string): number {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  const l = (index: number): number => left[index] ?? 0;
  const r = (index: number): number => right[index] ?? 0;

  let at = 0;
  let start = 0; // where the digits that end the common prefix begin
  for (; l(at) === r(at); at++) {
    if (at >= left.length) return 0;
    if (!isDigit(l(at))) start = at + 1;
  }

  const whole = (byte: number): boolean => isDigit(byte) && byte !== ZERO;
  if (whole(l(start)) && whole(r(start))) {
    // Two whole numbers: the longer one is greater.
    let end = at;
    while (isDigit(l(end)) && isDigit(r(end))) end++;
    if (isDigit(l(end))) return 1;
    if (isDigit(r(end))) return -1;
  } else if (
    at > start &&
    (isDigit(l(at)) || isDigit(r(at))) &&
    left.subarray(start, at).every((byte) => byte === ZERO)
  ) {
    // Fractions that differ within their leading zeros: a further digit makes a smaller fraction than the end.
    const rank = (byte: number): number => (isDigit(byte) ? byte - ZERO : 10);
    return Math.sign(rank(l(at)) - rank(r(at)));
  }
  return Math.sign(l(at) - r(at));
}
