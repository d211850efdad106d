import type { Checksum } from '@ost/objects';
import { checksumFromBytes, checksumToBytes } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { DeltaObjectType } from '../store.js';

const ENTRY = 33;
const TYPES: readonly (DeltaObjectType | undefined)[] = [undefined, 'file', 'dirtree', 'dirmeta', 'commit'];

/** An object that a part produces. */
export interface DeltaObject {
  readonly type: DeltaObjectType;
  readonly checksum: Checksum;
}

/** The type that an object type byte of a delta stands for. */
export function deltaObjectType(byte: number): DeltaObjectType {
  const type = TYPES[byte];
  if (type === undefined) throw corrupt(`Invalid object type ${byte} in static delta`);
  return type;
}

/** Packs a list of objects: the opposite of {@link ObjectList}. */
export function encodeObjectList(objects: readonly DeltaObject[]): Uint8Array {
  const bytes = new Uint8Array(objects.length * ENTRY);
  for (const [i, { type, checksum }] of objects.entries()) {
    bytes[i * ENTRY] = deltaObjectByte(type);
    bytes.set(checksumToBytes(checksum), i * ENTRY + 1);
  }
  return bytes;
}

/** The byte that stands for an object type. */
export function deltaObjectByte(type: DeltaObjectType): number {
  return TYPES.indexOf(type);
}

/**
 * The objects of a part in the order in which its operations finish them. They stay packed, 33 bytes each, because a
 * large delta lists hundreds of thousands.
 */
export class ObjectList implements Iterable<DeltaObject> {
  readonly #bytes: Uint8Array;
  /** How many objects there are. */
  readonly length: number;

  constructor(bytes: Uint8Array) {
    if (bytes.length % ENTRY !== 0) throw corrupt(`Invalid checksum array length ${bytes.length}`);
    this.#bytes = bytes;
    this.length = bytes.length / ENTRY;
    for (let i = 0; i < this.length; i++) this.type(i);
  }

  /** A copy of the packed list. */
  packed(): Uint8Array {
    return this.#bytes.slice();
  }

  /** The type of the object at `index`. */
  type(index: number): DeltaObjectType {
    return deltaObjectType(this.#bytes[index * ENTRY] ?? 0);
  }

  /** The checksum of the object at `index`. */
  checksum(index: number): Checksum {
    return checksumFromBytes(this.#bytes.subarray(index * ENTRY + 1, (index + 1) * ENTRY));
  }

  *[Symbol.iterator](): Iterator<DeltaObject> {
    for (let i = 0; i < this.length; i++) yield { type: this.type(i), checksum: this.checksum(i) };
  }
}
