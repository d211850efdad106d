import { VariantError } from './errors.js';
import { LIMITS } from './limits.js';

const BASIC = 'bynqiuxthdsog';

/**
 * The index behind the one complete definite type that starts at `start`, or -1.
 * A type nests at most `LIMITS.maxDepth` containers.
 */
export function scanType(text: string, start: number, depth: number = LIMITS.maxDepth): number {
  if (start >= text.length) return -1;
  const char = text.charAt(start);
  if (char === 'v' || BASIC.includes(char)) return start + 1;
  if (depth === 0) return -1;
  let at = start + 1;
  switch (char) {
    case 'a':
    case 'm':
      return scanType(text, at, depth - 1);
    case '(':
      while (at < text.length && text.charAt(at) !== ')') {
        at = scanType(text, at, depth - 1);
        if (at < 0) return -1;
      }
      return at < text.length ? at + 1 : -1;
    case '{':
      if (at >= text.length || !BASIC.includes(text.charAt(at))) return -1;
      at = scanType(text, at + 1, depth - 1);
      return at >= 0 && text.charAt(at) === '}' ? at + 1 : -1;
    default:
      return -1;
  }
}

/**
 * True if `text` is exactly one definite type, for example `a{sv}`.
 *
 * @example
 * ```ts
 * isTypeString('(uuua(ayay))'); // true
 * isTypeString('a*'); // false: not definite
 * ```
 */
export function isTypeString(text: string): boolean {
  return scanType(text, 0) === text.length && text.length > 0;
}

/** Throws a {@link VariantError} with code `type` unless `text` is exactly one definite type. */
export function assertTypeString(text: string): void {
  if (!isTypeString(text)) throw new VariantError('type', `Not a definite type string: '${text}'`);
}
