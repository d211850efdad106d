import * as fs from 'node:fs';
import type { Variant } from '@ost/gvariant';
import { type Checksum, compareNames, encodeSizes, type ObjectType, type SizesEntry } from '@ost/objects';
import type { ObjectWriter } from '../store/object-writer.js';

/** Collects what goes into `ostree.sizes`: every object that building a tree touched, once. */
export class SizesRecorder {
  readonly #entries = new Map<Checksum, SizesEntry>();

  /** Notes an object; `archived` and `unpacked` are bytes. */
  add(type: ObjectType, checksum: Checksum, archived: number, unpacked: number): void {
    this.#entries.set(checksum, { checksum, type, archived, unpacked });
  }

  /** The metadata value, entries sorted by checksum. */
  toVariant(): Variant {
    const entries = [...this.#entries.values()].sort((a, b) => compareNames(a.checksum, b.checksum));
    return encodeSizes(entries);
  }
}

/** The bytes that a file object takes in the store. */
export function archivedSize(writer: ObjectWriter, checksum: Checksum): number {
  const found = writer.store.find('file', checksum);
  return found === null ? 0 : fs.lstatSync(found.path).size;
}
