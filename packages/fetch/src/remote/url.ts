import { OstError } from '@ost/objects';

const SCHEMES = new Set(['http:', 'https:', 'file:']);

/**
 * Parses the base URL of a repository.
 * @throws OstError `config` for another scheme than http, https and file, and for a URL with a query
 */
export function parseBaseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new OstError('config', `Invalid URI ${text}`, { cause: error, data: { url: text } });
  }
  if (!SCHEMES.has(url.protocol)) {
    throw new OstError('config', `Invalid URI scheme in ${text}`, { data: { url: text } });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new OstError('config', `Base URI ${text} must not have a query or fragment`, { data: { url: text } });
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
