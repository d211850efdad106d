import { byteswap, codec, type Codec } from '@ost/gvariant';
import { type Checksum, checksumFromBytes, checksumToBytes } from './checksum.js';
import { OstError } from './errors.js';
import type { HashProvider } from './hash.js';
import type { Metadata } from './metadata.js';
import { decoding, encoding } from './variant-errors.js';

/** A commit (repository format, "Commits"). */
export interface Commit {
  readonly metadata: Metadata;
  readonly parent: Checksum | null;
  /** Related objects; nothing writes any. */
  readonly related: readonly { readonly name: string; readonly checksum: Checksum }[];
  readonly subject: string;
  readonly body: string;
  /** Seconds since 1970, UTC. */
  readonly timestamp: bigint;
  /** Root dirtree. */
  readonly contents: Checksum;
  /** Root dirmeta. */
  readonly meta: Checksum;
}

const commitCodec: Codec<'(a{sv}aya(say)sstayay)'> = codec('(a{sv}aya(say)sstayay)');

/**
 * Serializes a commit.
 * @throws OstError `invalid-argument` for text with NUL, a timestamp out of range, a metadata value of the wrong type
 */
export function encodeCommit(commit: Commit): Uint8Array {
  return encoding(() =>
    commitCodec.encode([
      commit.metadata,
      commit.parent === null ? new Uint8Array() : checksumToBytes(commit.parent),
      commit.related.map(({ name, checksum }) => [name, checksumToBytes(checksum)]),
      commit.subject,
      commit.body,
      byteswap('t', commit.timestamp),
      checksumToBytes(commit.contents),
      checksumToBytes(commit.meta),
    ]),
  );
}

function checksumField(bytes: Uint8Array, what: string): Checksum {
  try {
    return checksumFromBytes(bytes);
  } catch (error) {
    throw new OstError('corrupt', `${what}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Parses and checks a commit object.
 * @throws OstError `not-normal` or `corrupt`
 */
export function parseCommit(bytes: Uint8Array): Commit {
  const [metadata, parent, related, subject, body, timestamp, contents, meta] = decoding(() =>
    commitCodec.decode(bytes),
  );
  if (metadata.some(([key]) => key === '')) throw new OstError('corrupt', 'Empty metadata key');
  return {
    metadata,
    parent: parent.length === 0 ? null : checksumField(parent, 'Invalid commit parent'),
    related: related.map(([name, checksum]) => ({ name, checksum: checksumFromBytes(checksum) })),
    subject,
    body,
    timestamp: byteswap('t', timestamp),
    contents: checksumField(contents, 'Invalid commit tree content checksum'),
    meta: checksumField(meta, 'Invalid commit tree metadata checksum'),
  };
}

/** Checksum of what a commit contains, whatever its message, parent and time. */
export function commitContentChecksum(commit: Commit, hash: HashProvider): Checksum {
  return hash.sha256(checksumToBytes(commit.contents), checksumToBytes(commit.meta));
}
