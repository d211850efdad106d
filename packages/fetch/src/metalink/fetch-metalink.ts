import { createHash } from 'node:crypto';
import { isOstError, LIMITS, OstError } from '@ost/objects';
import type { HttpClient } from '../http/client.js';
import { parseBaseUrl } from '../remote/url.js';
import { fetchUrl } from '../source/fetch-url.js';
import { type MetalinkFile, parseMetalink } from './parse-metalink.js';

const METALINK_SIZE = 1 << 20;

/** A server that a metalink led to. */
export interface MetalinkTarget {
  /** Base of the repository there. */
  readonly base: URL;
  /** Its summary, which is the one that the metalink describes. */
  readonly summary: Uint8Array;
}

/**
 * Fetches a metalink, and the summary from the first server that has the one it describes.
 * @throws OstError `corrupt` for a bad metalink; `not-found` when no server has that summary
 */
export async function fetchMetalink(url: string, client: HttpClient): Promise<MetalinkTarget> {
  const bytes = await fetchUrl(url, client, METALINK_SIZE);
  const file = parseMetalink(Buffer.from(bytes).toString('utf8'), 'summary');
  if (file.size > LIMITS.metadataObject) {
    throw new OstError('limit', `Metalink's summary of ${file.size} bytes exceeds ${LIMITS.metadataObject}`);
  }
  let last = '';
  for (const target of file.urls) {
    try {
      return await tryTarget(target, file, client);
    } catch (error) {
      if (!isOstError(error) || error.code === 'aborted') throw error;
      last = error.message;
    }
  }
  throw new OstError('not-found', `Exhausted ${file.urls.length} metalink targets, last error: ${last}`, {
    data: { metalink: url },
  });
}

async function tryTarget(target: string, file: MetalinkFile, client: HttpClient): Promise<MetalinkTarget> {
  const url = parseBaseUrl(target);
  const summary = await fetchUrl(target, client, LIMITS.metadataObject);
  if (summary.length !== file.size) {
    throw new OstError('corrupt', `Expected size is ${file.size} bytes but content is ${summary.length} bytes`);
  }
  const [algorithm, expected] = file.sha512 === null ? ['sha256', file.sha256] : ['sha512', file.sha512];
  const actual = createHash(algorithm).update(summary).digest('hex');
  if (actual !== expected) {
    throw new OstError('corrupt', `Expected checksum is ${expected} but actual is ${actual}`);
  }
  return { base: new URL('.', url), summary };
}
