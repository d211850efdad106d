/**
 * The points of small order, with the bit of the sign taken away: for each of them anybody can make signatures that verify.
 * The first is what a key of zeros says, as it stands in templates.
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** True for an ed25519 public key that proves nothing. */
export function isWeakKey(bytes: Uint8Array): boolean {
  const plain = Buffer.from(bytes);
  plain[31] = (plain[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(plain.toString('hex'));
}
