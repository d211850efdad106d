import { isIP } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { FETCH_LIMITS } from '../limits.js';

/** Whom we trust and who we are. */
export type SecureOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;

/**
 * Connects to a server and lets it choose between HTTP/2 and HTTP/1.1: `alpnProtocol` of the socket tells which.
 * @param signal ends the attempt
 */
export async function connectTls(url: URL, secure: SecureOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { connect } = await import('node:tls');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...secure,
      host,
      port: Number(url.port === '' ? 443 : url.port),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const giveUp = (): void => {
      socket.destroy(Object.assign(new Error('Connecting took too long'), { code: 'ETIMEDOUT' }));
    };
    const timer = setTimeout(giveUp, FETCH_LIMITS.connectTimeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    };
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('close', done);
    socket.once('secureConnect', () => {
      done();
      resolve(socket);
    });
  });
}
