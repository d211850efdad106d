import { codec } from '@ost/gvariant';
import type { CollectionRef } from '../../pull/options.js';
import { sipHash } from './sip-hash.js';

/** Bytes of a record that are still read. */
const LIMIT = 8900;
const VERSION = 1;
/** Hash of a collection's ref, the only one that there is. */
const REF_HASH = 1;

const FILTER = codec('(yyay)');
const encoder = new TextEncoder();

/** What a machine tells of one repository (transfer format, "Avahi TXT records"). */
export interface LanRecord {
  /** Which of its repositories. */
  readonly index: number;
  /** False when the repository surely does not have the ref. */
  mayHave(ref: CollectionRef): boolean;
}

/** True for a member of a Bloom filter, and for a few others. */
function isMember(hashes: number, bits: Uint8Array, { collectionId, name }: CollectionRef): boolean {
  const [collection, ref] = [encoder.encode(collectionId), encoder.encode(name)];
  for (let i = 0; i < hashes; i++) {
    const bit = Number((sipHash(i, collection) ^ sipHash(i, ref)) % BigInt(bits.length * 8));
    if (((bits[bit >> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** The strings of a TXT record by name; null when one is there twice or all are too long. */
function fields(strings: readonly Uint8Array[]): Map<string, Uint8Array> | null {
  const found = new Map<string, Uint8Array>();
  if (strings.reduce((sum, { length }) => sum + length + 1, 0) > LIMIT) return null;
  for (const bytes of strings) {
    const equals = bytes.indexOf(0x3d);
    if (equals < 0) continue;
    const name = Buffer.from(bytes.subarray(0, equals)).toString('latin1').toLowerCase();
    if (found.has(name)) return null;
    found.set(name, bytes.subarray(equals + 1));
  }
  return found;
}

/** Reads a TXT record; null when it is none of a repository, or one of another version. */
export function parseLanRecord(strings: readonly Uint8Array[]): LanRecord | null {
  const found = fields(strings);
  const [version, filter, index] = ['v', 'rb', 'ri'].map((name) => found?.get(name));
  if (version?.length !== 1 || version[0] !== VERSION || index?.length !== 2 || filter === undefined) return null;
  if (!FILTER.isNormal(filter)) return null;
  const [hashes, kind, bits] = FILTER.decode(filter);
  if (hashes === 0 || kind !== REF_HASH || bits.length === 0) return null;
  return {
    index: ((index[0] as number) << 8) | (index[1] as number),
    mayHave: (ref) => isMember(hashes, bits, ref),
  };
}
