import { LIMITS } from '@ost/objects';
import { isMissing } from './http-source.js';
import type { Fetched, GetOptions, Source } from './source.js';

/** Fetches a file that must fit into memory. */
export async function getWhole(
  source: Source,
  path: string,
  limit: number = LIMITS.metadataObject,
): Promise<Uint8Array> {
  const { body } = await source.get(path, { limit });
  return body as Uint8Array;
}

/** The same, null when the server does not have it. */
export async function getWholeIfPresent(
  source: Source,
  path: string,
  limit: number = LIMITS.metadataObject,
): Promise<Uint8Array | null> {
  const fetched = await getIfPresent(source, path, { limit });
  return fetched === null ? null : (fetched.body as Uint8Array);
}

/** {@link Source.get}, null when the server does not have the file. */
export async function getIfPresent(source: Source, path: string, options: GetOptions): Promise<Fetched | null> {
  try {
    return await source.get(path, options);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
