import {
  type Checksum,
  type DirTree,
  isOstError,
  LIMITS,
  loosePath,
  type ObjectType,
  OstError,
  parseCommit,
  parseDetachedMetadata,
  parseDirMeta,
  parseDirTree,
} from '@ost/objects';
import { nodeHash, type ObjectWriter } from '@ost/repo';
import { getWhole, getWholeIfPresent } from '../source/helpers.js';
import type { Source } from '../source/source.js';
import type { Counters } from './counters.js';
import type { LocalCaches } from './local-caches.js';

type FetchedType = 'commit' | 'dirtree' | 'dirmeta';

const PARSERS: Readonly<Record<FetchedType, (bytes: Uint8Array) => unknown>> = {
  commit: parseCommit,
  dirtree: parseDirTree,
  dirmeta: (bytes) => parseDirMeta(bytes),
};

/** Fetches metadata objects; what it returns has the right checksum and structure. */
export class MetadataFetcher {
  constructor(
    private readonly meta: Source,
    private readonly content: Source,
    readonly caches: LocalCaches,
    private readonly writer: ObjectWriter,
    private readonly counters: Counters,
  ) {}

  /**
   * Fetches an object without storing it.
   * @throws OstError `not-found`, `corrupt`, `network` ...
   */
  async get(type: FetchedType, checksum: Checksum, limit?: number): Promise<Uint8Array> {
    const bytes = await this.#get(type, checksum, limit);
    structured(type, checksum, () => PARSERS[type](bytes));
    return bytes;
  }

  /** Fetches, stores and parses a dirtree object that is not here. */
  async directory(checksum: Checksum): Promise<DirTree> {
    const bytes = await this.#get('dirtree', checksum);
    const tree = structured('dirtree', checksum, () => parseDirTree(bytes));
    this.writer.putMetadata('dirtree', checksum, bytes);
    return tree;
  }

  /** Fetches and stores a dirmeta object that is not here. */
  async directoryMeta(checksum: Checksum): Promise<void> {
    this.writer.putMetadata('dirmeta', checksum, await this.get('dirmeta', checksum));
  }

  async #get(type: FetchedType, checksum: Checksum, limit: number = LIMITS.metadataObject): Promise<Uint8Array> {
    const cached = this.caches.metadata(type, checksum);
    if (cached !== null) {
      assertChecksum(type, checksum, cached);
      this.counters.metadataLocal++;
      return cached;
    }
    this.counters.metadataRequested++;
    const bytes = await getWhole(this.content, `objects/${loosePath(checksum, type, 'archive')}`, limit);
    assertChecksum(type, checksum, bytes);
    this.counters.metadataFetched++;
    return bytes;
  }

  /**
   * The detached metadata of a commit as the server has it, or null.
   * @param required whether anything depends on it; if not, what cannot be read counts as absent
   */
  async detached(commit: Checksum, required: boolean): Promise<Uint8Array | null> {
    this.counters.metadataRequested++;
    const bytes = await getWholeIfPresent(this.meta, `objects/${loosePath(commit, 'commitmeta', 'archive')}`);
    this.counters.metadataFetched++;
    if (bytes === null) return null;
    try {
      structured('commitmeta', commit, () => parseDetachedMetadata(bytes));
      return bytes;
    } catch (error) {
      if (required || !isOstError(error)) throw error;
      return null;
    }
  }

  /** Asks whether a commit was deleted on purpose. */
  async tombstone(commit: Checksum): Promise<void> {
    this.counters.metadataRequested++;
    await getWholeIfPresent(this.content, `objects/${loosePath(commit, 'tombstone-commit', 'archive')}`);
    this.counters.metadataFetched++;
  }
}

/** Words the errors of a parser. */
function structured<T>(type: FetchedType | 'commitmeta', checksum: Checksum, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Fetching metadata object ${checksum}.${type}: `) : error;
  }
}

/** @throws OstError `corrupt` when the bytes are not those of the named object */
export function assertChecksum(type: ObjectType, expected: Checksum, bytes: Uint8Array): void {
  const actual = nodeHash.sha256(bytes);
  if (actual === expected) return;
  const what = `Corrupted ${type} object; checksum expected='${expected}' actual='${actual}'`;
  throw new OstError('corrupt', what, { data: { expected, actual } });
}
