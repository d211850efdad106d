import {
  type Checksum,
  encodeFileHeader,
  type FileHeader,
  type Hasher,
  LIMITS,
  type ObjectType,
  OstError,
} from '@ost/objects';
import { nodeHash } from '../platform/hash.js';

/** Where header and content of small files are joined: one buffer costs less than a second call into the hash. */
let joined: Uint8Array | undefined;

/** The name of a file object. */
export function hashFile(header: FileHeader, content: Uint8Array): Checksum {
  const head = encodeFileHeader(header);
  const length = head.length + content.length;
  if (length > LIMITS.joinForHash) return nodeHash.sha256(head, content);
  joined ??= Buffer.allocUnsafeSlow(LIMITS.joinForHash);
  joined.set(head, 0);
  joined.set(content, head.length);
  return nodeHash.sha256(joined.subarray(0, length));
}

/** The name of a file object that comes in pieces. */
export class StreamedName {
  readonly #hasher: Hasher | null;

  constructor(
    header: FileHeader,
    private readonly expected: Checksum | { readonly verified: Checksum } | undefined,
  ) {
    this.#hasher = typeof expected === 'object' ? null : nodeHash.create();
    this.#hasher?.update(encodeFileHeader(header));
  }

  update(chunk: Uint8Array): void {
    this.#hasher?.update(chunk);
  }

  /** @throws OstError `corrupt` when it is another than expected */
  digest(): Checksum {
    const { expected } = this;
    if (typeof expected === 'object') return expected.verified;
    const actual = (this.#hasher as Hasher).digest();
    if (expected !== undefined && actual !== expected) throw mismatch('file', expected, actual);
    return actual;
  }
}

/** The error for an object that is not what it is called. */
export function mismatch(type: ObjectType, expected: Checksum, actual: Checksum): OstError {
  const what = `Corrupted ${type} object; checksum expected='${expected}' actual='${actual}'`;
  return new OstError('corrupt', what, { data: { type, expected, actual } });
}
