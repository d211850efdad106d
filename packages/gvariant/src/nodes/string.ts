import { badValue, notNormal } from '../errors.js';
import type { Reader } from '../reader.js';
import { scanType } from '../type-string.js';
import type { Writer } from '../writer.js';
import type { Node } from './node.js';

class StringNode implements Node {
  readonly type: string;
  readonly alignment = 1;
  readonly fixedSize = 0;
  readonly depth = 1;
  readonly #accepts: ((text: string) => boolean) | null;

  constructor(type: string, accepts: ((text: string) => boolean) | null) {
    this.type = type;
    this.#accepts = accepts;
  }

  write(writer: Writer, value: unknown): void {
    if (typeof value !== 'string' || (this.#accepts !== null && !this.#accepts(value)) || !writer.text(value)) {
      throw badValue(this.type, value);
    }
    writer.byte(0);
  }

  read(reader: Reader, start: number, end: number): string {
    const text = reader.text(start, end);
    if (this.#accepts !== null && !this.#accepts(text)) throw notNormal();
    return text;
  }
}

/** True for a D-Bus object path: `/`, or elements of letters, digits and underscores. */
export function isObjectPath(text: string): boolean {
  if (text === '/') return true;
  // One character class, no groups: a group would need stack for each element.
  return /^\/[A-Za-z0-9_/]+$/.test(text) && !text.includes('//') && !text.endsWith('/');
}

/** True for zero or more complete types in a row; D-Bus knows no maybe. */
export function isSignature(text: string): boolean {
  if (text.includes('m')) return false;
  let at = 0;
  while (at < text.length) {
    at = scanType(text, at);
    if (at < 0) return false;
  }
  return true;
}

/** The nodes of `s`, `o` and `g`. */
export const STRING_NODES: readonly Node[] = [
  new StringNode('s', null),
  new StringNode('o', isObjectPath),
  new StringNode('g', isSignature),
];
