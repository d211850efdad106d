import type { HttpClient } from '../http/client.js';
import { parseBaseUrl } from '../remote/url.js';
import { FileSource } from './file-source.js';
import { fetchFromAny } from './http-source.js';

/**
 * Fetches one file that is no part of a repository by its own URL, which may have a query.
 * @throws OstError `config` for a bad URL, else as a source does
 */
export async function fetchUrl(text: string, client: HttpClient, limit: number): Promise<Uint8Array> {
  const [plain = '', query] = text.split(/\?(.*)/s);
  const url = parseBaseUrl(plain);
  if (url.protocol === 'file:') {
    const name = decodeURIComponent(url.pathname.replace(/^.*\//, ''));
    const fetched = await new FileSource(new URL('.', url)).get(name, { limit });
    return fetched.body as Uint8Array;
  }
  if (query !== undefined) url.search = query;
  const { body } = await fetchFromAny(client, [url], { limit });
  return body as Uint8Array;
}
