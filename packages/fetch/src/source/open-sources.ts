import { isOstError, OstError } from '@ost/objects';
import type { HttpClient } from '../http/client.js';
import { type RemoteConfig, requireUrl } from '../remote/remote-config.js';
import { displayText, parseBaseUrl } from '../remote/url.js';
import type { MetalinkTarget } from '../metalink/fetch-metalink.js';
import { fetchUrl } from './fetch-url.js';
import { FileSource } from './file-source.js';
import { getWhole } from './helpers.js';
import { HttpSource } from './http-source.js';
import type { Source } from './source.js';

const MIRRORLIST = 'mirrorlist=';
const MIRRORLIST_SIZE = 1 << 20;

/** The two places that the files of a remote come from (transfer format, "URL construction"). */
export interface Sources {
  /** Summary, refs and detached metadata. */
  readonly meta: Source;
  /** Objects and deltas. */
  readonly content: Source;
  /** Servers of `content`, for worker threads; null when it is a directory. */
  readonly contentUrls: readonly string[] | null;
  /** The directory that `meta` is, null when it is on a server. */
  readonly localUrl: URL | null;
  /** The summary that a metalink led to; null when it has to be fetched. */
  readonly summary: Uint8Array | null;
}

/** Few remotes are metalinks, and only those need a parser of XML. */
async function followMetalink(url: string, client: HttpClient): Promise<MetalinkTarget> {
  const { fetchMetalink } = await import('../metalink/fetch-metalink.js');
  return fetchMetalink(url, client);
}

/**
 * Finds out where a remote's files are.
 * @param override URL that replaces the configured ones
 * @throws OstError `config` for a missing or bad URL, or as `fetchMetalink`
 */
export async function openSources(
  remote: RemoteConfig,
  client: HttpClient,
  override: string | undefined,
): Promise<Sources> {
  const metalink = remote.metalink === null ? null : await followMetalink(remote.metalink, client);
  // A metalink decides for itself where its repository is.
  const replaced = metalink === null ? override : undefined;
  const metaUrls = metalink === null ? await resolveUrls(override ?? requireUrl(remote), client) : [metalink.base];
  const contentUrls =
    replaced === undefined && remote.contentUrl !== null ? await resolveUrls(remote.contentUrl, client) : metaUrls;
  const meta = sourceOf(metaUrls, client);
  const first = metaUrls[0] as URL;
  return {
    meta,
    content: contentUrls === metaUrls ? meta : sourceOf(contentUrls, client),
    contentUrls: (contentUrls[0] as URL).protocol === 'file:' ? null : contentUrls.map((url) => url.href),
    localUrl: first.protocol === 'file:' ? first : null,
    summary: metalink?.summary ?? null,
  };
}

function sourceOf(urls: readonly URL[], client: HttpClient): Source {
  const first = urls[0] as URL;
  return first.protocol === 'file:' ? new FileSource(first) : new HttpSource(client, urls);
}

async function resolveUrls(text: string, client: HttpClient): Promise<readonly URL[]> {
  if (!text.startsWith(MIRRORLIST)) return [parseBaseUrl(text)];
  return readMirrorlist(text.slice(MIRRORLIST.length), client);
}

/** Fetches a list of mirrors; those in front that do not answer are left out (transfer format, "Mirrorlist"). */
async function readMirrorlist(listUrl: string, client: HttpClient): Promise<readonly URL[]> {
  let text: string;
  try {
    const bytes = await fetchUrl(listUrl, client, MIRRORLIST_SIZE);
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const prefix = `While fetching mirrorlist '${displayText(listUrl)}': `;
    if (isOstError(error)) throw error.withPrefix(prefix);
    throw new OstError('config', `${prefix}Invalid UTF-8`, { cause: error });
  }
  const mirrors: URL[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const mirror = parseMirror(line);
    if (mirror !== null && (mirrors.length > 0 || (await answers(mirror, client)))) mirrors.push(mirror);
  }
  if (mirrors.length > 0) return mirrors;
  const shown = displayText(listUrl);
  throw new OstError('config', `No valid mirrors were found in mirrorlist '${shown}'`, { data: { url: shown } });
}

function parseMirror(line: string): URL | null {
  try {
    const url = parseBaseUrl(line.trim());
    return url.protocol === 'file:' ? null : url;
  } catch {
    return null;
  }
}

async function answers(mirror: URL, client: HttpClient): Promise<boolean> {
  try {
    await getWhole(new HttpSource(client, [mirror]), 'config');
    return true;
  } catch (error) {
    if (isOstError(error) && error.code === 'aborted') throw error;
    return false;
  }
}
