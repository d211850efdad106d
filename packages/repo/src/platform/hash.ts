import type { Checksum, Hasher, HashProvider } from '@ost/objects';
import { nodeCrypto } from './builtins.js';

/** SHA-256 by Node's OpenSSL: several times faster than portable code where the processor has SHA instructions. */
export const nodeHash: HashProvider = {
  sha256(...parts: readonly Uint8Array[]): Checksum {
    // One buffer in one call is the fastest way for small input; `hex` output is faster than `buffer`.
    if (parts.length === 1) return nodeCrypto().hash('sha256', parts[0] as Uint8Array, 'hex') as Checksum;
    const hash = nodeCrypto().createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex') as Checksum;
  },
  create(): Hasher {
    const hash = nodeCrypto().createHash('sha256');
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => hash.digest('hex') as Checksum,
    };
  },
};
