import { LIMITS } from '@ost/objects';
import { both } from '../both.js';
import { getIfPresent } from '../source/helpers.js';
import type { Source } from '../source/source.js';
import { type CachedFile, type FileVersion, fileVersion, type SummaryCache } from './cache.js';

/** A summary and its signature as the server has them. */
export interface SummaryFiles {
  readonly summary: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly summaryVersion: FileVersion;
  readonly signatureVersion: FileVersion;
  /** True when at least one of them is a cached copy, so that a failed verification deserves a fresh look. */
  readonly fromCache: boolean;
}

interface Part {
  readonly bytes: Uint8Array;
  readonly version: FileVersion;
  readonly cached: boolean;
}

const UNKNOWN: FileVersion = { modified: null, etag: null };

async function part(source: Source, name: string, cached: CachedFile | null): Promise<Part | null> {
  const options = { limit: LIMITS.metadataObject };
  const conditional = cached === null ? options : { ...options, headers: cached.validators };
  const fetched = await getIfPresent(source, name, conditional);
  if (fetched === null) return null;
  if (fetched.notModified && cached !== null) return { bytes: cached.bytes, version: UNKNOWN, cached: true };
  return { bytes: fetched.body as Uint8Array, version: fileVersion(fetched.headers), cached: false };
}

/**
 * Fetches signature and summary, both optional. What the cache has is not fetched again: the summary not when its
 * signature is unchanged (transfer format, "Summary cache").
 * @param given the summary, where it is known already
 */
export async function loadSummaryFiles(
  source: Source,
  cache: SummaryCache | null,
  given: Uint8Array | null,
): Promise<SummaryFiles> {
  const cachedSignature = cache?.read('signature') ?? null;
  const cachedSummary = cachedSignature === null ? null : (cache?.read('summary') ?? null);
  const known = given === null ? null : { bytes: given, version: UNKNOWN, cached: false };
  const load = async (): Promise<readonly [Part | null, Part | null]> => {
    if (cachedSignature === null || cachedSummary === null) {
      return both(
        part(source, 'summary.sig', null),
        known === null ? part(source, 'summary', null) : Promise.resolve(known),
      );
    }
    const fresh = await part(source, 'summary.sig', cachedSignature);
    const unchanged = fresh !== null && Buffer.compare(fresh.bytes, cachedSignature.bytes) === 0;
    const same = unchanged ? { bytes: cachedSummary.bytes, version: UNKNOWN, cached: true } : null;
    return [fresh, known ?? same ?? (await part(source, 'summary', fresh === null ? null : cachedSummary))];
  };
  const [signature, summary] = await load();
  return {
    summary: summary?.bytes ?? null,
    signature: signature?.bytes ?? null,
    summaryVersion: summary?.version ?? UNKNOWN,
    signatureVersion: signature?.version ?? UNKNOWN,
    fromCache: (summary?.cached ?? false) || (signature?.cached ?? false),
  };
}

/** Keeps what was fetched and verified. */
export function storeSummaryFiles(cache: SummaryCache, files: SummaryFiles): void {
  if (files.summary === null || files.signature === null) return;
  keep(cache, 'summary', files.summary, files.summaryVersion);
  keep(cache, 'signature', files.signature, files.signatureVersion);
}

function keep(cache: SummaryCache, kind: 'summary' | 'signature', bytes: Uint8Array, version: FileVersion): void {
  const copy = cache.read(kind);
  const same = copy !== null && Buffer.compare(copy.bytes, bytes) === 0;
  // A copy that came from the cache is there already, and no server has told its version: the one it has must stay.
  if (!same || version.etag !== null || version.modified !== null) cache.write(kind, bytes, version);
}
