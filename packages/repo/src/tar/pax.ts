import type { Xattr } from '@ost/objects';
import { damaged } from './errors.js';
import type { SparseSegment } from './sparse.js';
import { contentSize, cstring, ownerId } from './tar-header.js';

/** What extended headers say about the entry that follows; undefined leaves the header's word. */
export interface PaxOverrides {
  path?: Uint8Array;
  linkTarget?: Uint8Array;
  size?: number;
  uid?: number;
  gid?: number;
  xattrs?: Xattr[];
  /** The name of a sparse file, whose header has a stand-in. */
  sparsePath?: Uint8Array;
  /** The length of a sparse file, holes included. */
  sparseSize?: number;
  /** Its data, where the extended header lists it. */
  sparseMap?: SparseSegment[];
  /** 1 when the map stands in front of the data (GNU sparse 1.0). */
  sparseMajor?: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Reads the records of a pax extended header, `LENGTH KEY=VALUE\n` each. Values are bytes; unknown keys mean nothing here.
 * @throws OstError `corrupt` when it is malformed
 */
export function parsePax(body: Uint8Array): PaxOverrides {
  const records = new PaxRecords();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = space === -1 ? '' : decoder.decode(body.subarray(at, Math.min(space, at + 10)));
    const end = at + Number(digits);
    if (!/^\d{1,9}$/.test(digits) || end > body.length || body[end - 1] !== 0x0a || end <= space) throw malformed();
    const equals = body.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw damaged('Invalid pax extended attributes');
    records.add(body.subarray(space + 1, equals), body.subarray(equals + 1, end - 1));
    at = end;
  }
  return records.finish();
}

function malformed(): Error {
  return damaged('Malformed pax extended attribute');
}

class PaxRecords {
  readonly #found: PaxOverrides = {};
  readonly #xattrs = new Map<string, Xattr>();
  /** GNU sparse 0.0 has a record for each number. */
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];

  add(key: Uint8Array, value: Uint8Array): void {
    const found = this.#found;
    const name = decoder.decode(key);
    if (name.startsWith('SCHILY.xattr.')) {
      this.#xattr(key.subarray('SCHILY.xattr.'.length), value);
      return;
    }
    if (name.startsWith('LIBARCHIVE.xattr.')) {
      this.#xattr(percentDecoded(name.slice('LIBARCHIVE.xattr.'.length)), base64(value));
      return;
    }
    switch (name) {
      case 'path':
        if (value.length > 0) found.path = cstring(value);
        return;
      case 'linkpath':
        found.linkTarget = cstring(value);
        return;
      case 'size':
        found.size = contentSize(decimal(value));
        return;
      case 'uid':
        found.uid = ownerId(decimal(value));
        return;
      case 'gid':
        found.gid = ownerId(decimal(value));
        return;
      case 'RHT.security.selinux':
        this.#xattr(encoder.encode('security.selinux'), value);
        return;
      case 'GNU.sparse.name':
        found.sparsePath = cstring(value);
        return;
      case 'GNU.sparse.size':
      case 'GNU.sparse.realsize':
        found.sparseSize = contentSize(decimal(value));
        return;
      case 'GNU.sparse.major':
        found.sparseMajor = decimal(value);
        return;
      case 'GNU.sparse.map':
        found.sparseMap = parseMap(decoder.decode(value));
        return;
      case 'GNU.sparse.offset':
        this.#offsets.push(contentSize(decimal(value)));
        return;
      case 'GNU.sparse.numbytes':
        this.#lengths.push(contentSize(decimal(value)));
    }
  }

  finish(): PaxOverrides {
    const found = this.#found;
    if (this.#xattrs.size > 0) found.xattrs = [...this.#xattrs.values()];
    if (this.#offsets.length !== this.#lengths.length) throw malformed();
    if (this.#offsets.length > 0) {
      found.sparseMap = this.#offsets.map((offset, i) => ({ offset, length: this.#lengths[i] as number }));
    }
    return found;
  }

  /** The later of two attributes of one name counts; one without a name is nothing. */
  #xattr(name: Uint8Array, value: Uint8Array): void {
    if (name.length === 0) return;
    if (name.includes(0)) throw damaged('Invalid xattr name in pax extended attributes');
    this.#xattrs.set(Buffer.from(name).toString('latin1'), { name, value });
  }
}

function parseMap(text: string): SparseSegment[] {
  const numbers = text === '' ? [] : text.split(',');
  if (numbers.length % 2 !== 0) throw malformed();
  const segments: SparseSegment[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    const [offset, length] = numbers.slice(i, i + 2).map((digits) => contentSize(digitsValue(digits)));
    segments.push({ offset: offset as number, length: length as number });
  }
  return segments;
}

function decimal(value: Uint8Array): number {
  return digitsValue(decoder.decode(value));
}

/** A decimal number; a fraction, which some writers give, is cut off. */
function digitsValue(text: string): number {
  const [, integer] = /^(-?\d+)(\.\d*)?$/.exec(text) ?? [];
  if (integer === undefined) throw malformed();
  return Number(integer);
}

function percentDecoded(text: string): Uint8Array {
  const plain = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

function base64(value: Uint8Array): Uint8Array {
  return Buffer.from(decoder.decode(value), 'base64');
}
