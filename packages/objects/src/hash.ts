import { sha256 } from '@noble/hashes/sha2.js';
import { type Checksum, checksumFromBytes } from './checksum.js';

/** A SHA-256 computation under way. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends the computation. */
  digest(): Checksum;
}

/** A source of SHA-256: portable here, Node's own in `@ost/repo`. */
export interface HashProvider {
  /** Checksum of the parts, one behind the other. */
  sha256(...parts: readonly Uint8Array[]): Checksum;
  create(): Hasher;
}

function create(): Hasher {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), digest: () => checksumFromBytes(hash.digest()) };
}

/** SHA-256 in plain JavaScript, for any engine. */
export const portableHash: HashProvider = {
  create,
  sha256(...parts) {
    const hasher = create();
    for (const part of parts) hasher.update(part);
    return hasher.digest();
  },
};
