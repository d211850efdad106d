import { OstError } from '@ost/objects';

const SCHEMES = new Set(['http:', 'https:', 'file:']);

/** The text of a URL, whatever it is, without user name and password, for messages. */
export function displayText(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//');
}

/**
 * Parses a URL.
 * @param what as in `proxy`, for messages
 * @throws OstError `config`
 */
export function parseUrl(text: string, what: string): URL {
  const shown = displayText(text);
  try {
    const url = new URL(text);
    for (const part of [url.username, url.password]) decodeURIComponent(part);
    return url;
  } catch (cause) {
    throw new OstError('config', `Invalid ${what} ${shown}`, { cause, data: { url: shown } });
  }
}

/**
 * Parses the base URL of a repository.
 * @throws OstError `config` for another scheme than http, https and file, and for a URL with a query
 */
export function parseBaseUrl(text: string): URL {
  const url = parseUrl(text, 'URI');
  const shown = displayText(text);
  if (!SCHEMES.has(url.protocol)) {
    throw new OstError('config', `Invalid URI scheme in ${shown}`, { data: { url: shown } });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new OstError('config', `Base URI ${shown} must not have a query or fragment`, { data: { url: shown } });
  }
  return url;
}

/**
 * The URL of a file of a repository: exactly one slash between base and path. Characters that a URL may hold, such as
 * the `+` of delta names, stay as they are.
 */
export function joinUrl(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${encodeURI(path.replace(/^\/+/, ''))}`;
  return url;
}

/** The URL without user name and password, for messages. */
export function displayUrl(url: URL): string {
  if (url.username === '' && url.password === '') return url.href;
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

/** The header that logs in with the URL's user name and password, if it has any. */
export function basicAuthorization(url: URL): string | null {
  if (url.username === '' && url.password === '') return null;
  const text = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;
}
