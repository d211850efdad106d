import { type Checksum, isOstError, LIMITS, loosePath, parseArchiveHeader } from '@ost/objects';
import {
  archivedContent,
  checkBareUserOnly,
  type ObjectWriter,
  openArchiveStream,
  writeArchivedStream,
  writeArchivedUnverified,
} from '@ost/repo';
import type { HttpClient } from '../http/client.js';
import { isRetryable } from '../http/errors.js';
import { FETCH_LIMITS } from '../limits.js';
import { retryDelay } from '../source/http-source.js';
import type { Source } from '../source/source.js';
import type { ContentPolicy } from './content-policy.js';

const ANY_SIZE = Number.MAX_SAFE_INTEGER;
/** Place of the content length in a framed `.filez` header. */
const SIZE_OFFSET = 8;

/** Fetches content objects and puts them into a store, each verified before it gets its name. */
export class ContentFetcher {
  constructor(
    private readonly source: Source,
    private readonly writer: ObjectWriter,
    private readonly policy: ContentPolicy,
    private readonly client: HttpClient,
  ) {}

  /**
   * Fetches one object.
   * @throws OstError `corrupt` when the server sends another, `not-found`, `network` ...
   */
  async fetch(checksum: Checksum): Promise<void> {
    const path = `objects/${loosePath(checksum, 'file', 'archive')}`;
    for (let attempt = 1; ; attempt++) {
      const { body } = await this.source.get(path, { limit: ANY_SIZE, whole: FETCH_LIMITS.wholeObject });
      try {
        if (body instanceof Uint8Array) await this.#whole(checksum, body);
        else await this.#stream(checksum, body);
        return;
      } catch (error) {
        // Only a body that was still coming can fail in a way that another attempt may mend.
        if (body instanceof Uint8Array || attempt > this.client.settings.retries || !isRetryable(error, true)) {
          throw describe(error, checksum);
        }
      }
      await this.client.pause(retryDelay(attempt));
    }
  }

  async #whole(checksum: Checksum, bytes: Uint8Array): Promise<void> {
    const { writer, policy } = this;
    if (policy.bareUserOnly) checkBareUserOnly(parseArchiveHeader(bytes).header, checksum);
    if (policy.trusted) await writeArchivedUnverified(writer, checksum, bytes);
    else if (declaredSize(bytes) > LIMITS.wholeFile) await this.#stream(checksum, oneChunk(bytes));
    else writer.writeArchived(checksum, bytes);
  }

  async #stream(checksum: Checksum, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { writer, policy } = this;
    const stream = await openArchiveStream(chunks);
    if (policy.bareUserOnly) checkBareUserOnly(stream.header, checksum);
    if (writer.target.mode === 'archive') await writeArchivedStream(writer, checksum, stream, policy);
    else await writer.writeFileStream(stream.header, stream.size, archivedContent(stream), checksum);
  }
}

function declaredSize(bytes: Uint8Array): number {
  if (bytes.length < SIZE_OFFSET + 8) return 0;
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(SIZE_OFFSET));
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function describe(error: unknown, checksum: Checksum): unknown {
  if (!isOstError(error) || error.message.includes(checksum)) return error;
  if (error.code !== 'corrupt' && error.code !== 'not-normal' && error.code !== 'limit') return error;
  return error.withPrefix(`Parsing ${checksum}.file: `);
}
