import { isObjectPath, isSignature } from '../nodes/string.js';
import type { Node } from '../nodes/node.js';
import { readDouble, readInteger } from './numbers.js';
import { Plain } from './syntax.js';

/** `true` or `false`. */
export class BooleanSyntax extends Plain {
  readonly #value: boolean;

  constructor(value: boolean) {
    super();
    this.#value = value;
  }

  override pattern(): string {
    return 'Mb';
  }

  override plainValue(node: Node): boolean {
    if (node.type !== 'b') throw this.mismatch(node);
    return this.#value;
  }
}

/** A string constant: a string, an object path or a signature. */
export class TextSyntax extends Plain {
  readonly #value: string;

  constructor(value: string) {
    super();
    this.#value = value;
  }

  override pattern(): string {
    return 'MS';
  }

  override plainValue(node: Node): string {
    if (node.type === 'o') {
      if (!isObjectPath(this.#value)) throw this.error('not a valid object path');
    } else if (node.type === 'g') {
      if (!isSignature(this.#value)) throw this.error('not a valid signature');
    } else if (node.type !== 's') {
      throw this.mismatch(node);
    }
    return this.#value;
  }
}

/** A bytestring constant. */
export class BytesSyntax extends Plain {
  readonly #value: Uint8Array;

  constructor(value: Uint8Array) {
    super();
    this.#value = value;
  }

  override pattern(): string {
    return 'May';
  }

  override plainValue(node: Node): Uint8Array {
    if (node.type !== 'ay') throw this.mismatch(node);
    return this.#value;
  }
}

/** A number; which one its digits mean depends on the type. */
export class NumberSyntax extends Plain {
  readonly #token: string;

  constructor(token: string) {
    super();
    this.#token = token;
  }

  override pattern(): string {
    const token = this.#token;
    const hasExponent = token.includes('e') && !token.startsWith('0x');
    return token.includes('.') || hasExponent || /inf|nan/.test(token) ? 'Md' : 'MN';
  }

  override plainValue(node: Node): number | bigint {
    if (node.type === 'd') return readDouble(this.#token, this);
    return readInteger(this.#token, node, this);
  }
}
