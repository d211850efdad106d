/** GET requests as the fastest HTTP library of Node makes them, with nothing around. */
import { Pool } from 'undici';

/** Requests at a time in one thread. */
export const CONNECTIONS = 16;

/**
 * @param {string} base a URL that all paths are below
 * @returns {(url: string) => Promise<Buffer>} gets a body
 */
export function bareRequests(base) {
  const { origin } = new URL(base);
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  return (url) =>
    new Promise((resolve, reject) => {
      /** @type {Buffer[]} */
      const chunks = [];
      let status = 0;
      pool.dispatch(
        { path: url.slice(origin.length), method: 'GET' },
        {
          onRequestStart: () => {},
          onResponseStart: (_, code) => {
            status = code;
          },
          onResponseData: (_, chunk) => {
            chunks.push(chunk);
          },
          onResponseEnd: () => {
            if (status === 200) resolve(Buffer.concat(chunks));
            else reject(new Error(`${url}: HTTP ${status}`));
          },
          onResponseError: (_, error) => reject(error),
        },
      );
    });
}
