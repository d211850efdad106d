import { isOstError, OstError } from '@ost/objects';
import { displayUrl } from '../remote/url.js';

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
  'ENETDOWN',
  'EACCES',
  'EPERM',
]);

/** libcurl's number and text for a failure, which libostree prints and scripts look for. */
function curlError(error: NodeJS.ErrnoException, answered: boolean): string {
  const code = error.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return "[6] Couldn't resolve host name";
  if (CONNECT_CODES.has(code)) return "[7] Couldn't connect to server";
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return '[28] Timeout was reached';
  if (/^ERR_HTTP2_(?:STREAM|SESSION|ERROR|INVALID_SESSION|GOAWAY_SESSION)/.test(code)) {
    return answered ? '[92] Stream error in the HTTP/2 framing layer' : '[16] Error in the HTTP2 framing layer';
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return '[60] SSL peer certificate or SSH remote key was not OK';
  if (code === 'EPROTO' || /^ERR_(SSL|TLS)/.test(code)) return '[35] SSL connect error';
  if (answered) return '[18] Transferred a partial file';
  if (code === 'UND_ERR_SOCKET') return '[52] Server returned nothing (no headers, no data)';
  if (code === 'ECONNRESET' || code === 'EPIPE') return '[56] Failure when receiving data from the peer';
  if (code.startsWith('HPE_')) return '[1] Unsupported protocol';
  return `[56] ${error.message}`;
}

/** A connection that failed, or broke while the answer came. */
export function transportError(cause: unknown, url: URL, answered: boolean): OstError {
  if (isOstError(cause)) return cause;
  const text = curlError(cause as NodeJS.ErrnoException, answered);
  const shown = displayUrl(url);
  return new OstError('network', `While fetching ${shown}: ${text}`, { cause, data: { url: shown, retryable: true } });
}

/** A part of a file where the whole was asked for. */
export function partialError(url: URL): OstError {
  const shown = displayUrl(url);
  const what = `While fetching ${shown}: [18] Transferred a partial file`;
  return new OstError('network', what, { data: { url: shown, status: 206, retryable: true } });
}

/** A transfer that was too slow for too long. */
export function stalledError(url: URL): OstError {
  const shown = displayUrl(url);
  const what = `While fetching ${shown}: [28] Timeout was reached`;
  return new OstError('network', what, { data: { url: shown, retryable: true } });
}

/** An answer with a status that is not a success. */
export function statusError(status: number, url: URL): OstError {
  const shown = displayUrl(url);
  const missing = status === 403 || status === 404 || status === 410;
  return new OstError(missing ? 'not-found' : 'network', `While fetching ${shown}: Server returned HTTP ${status}`, {
    data: { url: shown, status, retryable: status === 408 || status === 429 || status >= 500 },
  });
}

/** An answer that is longer than it may be. */
export function sizeError(limit: number, url: URL): OstError {
  const shown = displayUrl(url);
  return new OstError('limit', `URI ${shown} exceeded maximum size of ${limit} bytes`, { data: { url: shown, limit } });
}

/** True for an error after which the same request may succeed. */
export function isRetryable(error: unknown, all: boolean): boolean {
  if (!isOstError(error) || error.data['retryable'] !== true) return false;
  const status = error.data['status'];
  return all || status === 408 || status === 500;
}
