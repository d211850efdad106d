import { VariantTextError } from '../errors.js';
import type { Node } from '../nodes/node.js';
import type { Syntax } from './syntax.js';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?/i;
const SPECIAL = /^([+-]?)(inf(?:inity)?|nan)/i;
const MAX = 0xffff_ffff_ffff_ffffn;

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 0xffn],
  n: [-0x8000n, 0x7fffn],
  q: [0n, 0xffffn],
  i: [-0x8000_0000n, 0x7fff_ffffn],
  u: [0n, 0xffff_ffffn],
  h: [-0x8000_0000n, 0x7fff_ffffn],
  x: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  t: [0n, MAX],
};

/**
 * A floating point constant as C's `strtod` reads it. Unlike GLib, which calls them too big, subnormal numbers are
 * accepted, so that every double that is printed can be read again.
 */
export function readDouble(token: string, syntax: Syntax): number {
  const { value, length } = scanDouble(token);
  const isInfinite = !Number.isFinite(value) && !SPECIAL.test(token);
  if (isInfinite) throw syntax.error('number too big for any type');
  checkEnd(token, length, syntax);
  return value;
}

function scanDouble(token: string): { value: number; length: number } {
  const special = SPECIAL.exec(token);
  if (special !== null) {
    const size = /n$/i.test(special[2] as string) && !/^inf/i.test(special[2] as string) ? NaN : Infinity;
    return { value: special[1] === '-' ? -size : size, length: special[0].length };
  }
  const hex = HEXADECIMAL.exec(token);
  if (hex !== null && (hex[2] || hex[3])) {
    const [text, sign, whole, fraction, power] = hex as unknown as [string, string, string, string, string?];
    const mantissa = Number(BigInt(`0x${whole}${fraction}`));
    const value = mantissa * 2 ** (Number(power ?? 0) - 4 * fraction.length);
    return { value: sign === '-' ? -value : value, length: text.length };
  }
  const decimal = DECIMAL.exec(token)?.[0] ?? '';
  return { value: Number(decimal), length: decimal.length };
}

/** An integer constant in decimal, octal (leading `0`) or hexadecimal (`0x`), within the range of the type. */
export function readInteger(token: string, node: Node, syntax: Syntax): number | bigint {
  const skipped = token.startsWith('-') ? 1 : 0;
  const { value: size, length } = scanUnsigned(token.slice(skipped), syntax);
  checkEnd(token, length === 0 ? skipped : skipped + length, syntax);
  const range = RANGES[node.type];
  if (range === undefined) throw syntax.mismatch(node);
  const value = skipped === 1 ? -size : size;
  if (value < range[0] || value > range[1]) throw syntax.error(`number out of range for type '${node.type}'`);
  return node.type === 'x' || node.type === 't' ? value : Number(value);
}

/** C's `strtoull` with base 0, which takes a sign of its own. */
function scanUnsigned(text: string, syntax: Syntax): { value: bigint; length: number } {
  const [, sign, prefix, digits] = /^([+-]?)(0x(?=[\da-f])|)([\da-f]*)/i.exec(text) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const kept = prefix !== '' ? digits : digits.startsWith('0') ? leading(digits, /^[0-7]*/) : leading(digits, /^\d*/);
  if (kept === '') return { value: 0n, length: 0 };
  const base = prefix !== '' ? '0x' : kept.startsWith('0') ? '0o' : '';
  const value = BigInt(base + kept);
  if (value > MAX) throw syntax.error('integer too big for any type');
  const length = sign.length + prefix.length + kept.length;
  return { value: sign === '-' ? BigInt.asUintN(64, -value) : value, length };
}

function leading(text: string, pattern: RegExp): string {
  return (pattern.exec(text) as RegExpExecArray)[0];
}

function checkEnd(token: string, length: number, syntax: Syntax): void {
  if (length === token.length) return;
  const at = syntax.start + length;
  throw new VariantTextError('invalid character in number', at, at + 1);
}
