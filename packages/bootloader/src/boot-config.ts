import { OstError } from '@ost/objects';

/** The order in which known keys are written; all others follow in the order in which they were set. */
const KEY_ORDER = ['title', 'version', 'options', 'devicetree', 'linux', 'initrd'];

/**
 * One boot entry in the format of the Boot Loader Specification, as libostree reads and writes it.
 *
 * Keys that it does not know are kept. `initrd` is the first initramfs; further `initrd` lines are
 * {@link BootConfig.overlayInitrds}. Of any other repeated key the last line wins.
 */
export class BootConfig {
  readonly #values: Map<string, string> = new Map();
  /** Values of the second and later `initrd` lines, in order. */
  overlayInitrds: string[] = [];

  /** A config with these keys, in this order. */
  static from(values: Iterable<readonly [string, string]>): BootConfig {
    const config = new BootConfig();
    for (const [key, value] of values) config.set(key, value);
    return config;
  }

  /**
   * Reads an entry. A line counts when it begins with an ASCII letter; the key ends at the first blank or tab,
   * and the rest is the value, further blanks included. Lines without a separator are dropped.
   */
  static parse(source: string | Uint8Array): BootConfig {
    const config = new BootConfig();
    let sawInitrd = false;
    for (const line of decode(source).split('\n')) {
      const match = /^([A-Za-z][^ \t]*)[ \t](.*)$/s.exec(line);
      if (match === null) continue;
      const [, key, value] = match as unknown as [string, string, string];
      if (key === 'initrd' && sawInitrd) {
        config.overlayInitrds.push(value);
      } else {
        if (key === 'initrd') sawInitrd = true;
        config.set(key, value);
      }
    }
    return config;
  }

  /** The value of a key, or `undefined`. */
  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  /** Sets a key; a new key goes last. */
  set(key: string, value: string): this {
    this.#values.set(key, value);
    return this;
  }

  /** Removes a key; whether it was there. */
  delete(key: string): boolean {
    return this.#values.delete(key);
  }

  /** All keys and values in insertion order, without the overlay initrds. */
  entries(): [string, string][] {
    return [...this.#values];
  }

  /** An independent copy. */
  clone(): BootConfig {
    const copy = BootConfig.from(this.#values);
    copy.overlayInitrds = [...this.overlayInitrds];
    return copy;
  }

  /** The file's text: one `key value` line each, known keys first in a fixed order. */
  serialize(): string {
    const lines: string[] = [];
    for (const key of KEY_ORDER) {
      const value = this.#values.get(key);
      if (value !== undefined) lines.push(`${key} ${value}`);
    }
    for (const overlay of this.overlayInitrds) lines.push(`initrd ${overlay}`);
    for (const [key, value] of this.#values) {
      if (!KEY_ORDER.includes(key)) lines.push(`${key} ${value}`);
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }
}

function decode(source: string | Uint8Array): string {
  if (typeof source === 'string') return source;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch (cause) {
    throw new OstError('config', 'Invalid UTF-8', { cause });
  }
}
