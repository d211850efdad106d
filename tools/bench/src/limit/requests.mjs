/** GET requests as the fastest HTTP library of Node makes them, with nothing around. */
import { Pool } from 'undici';
import { unpackBytes } from './objects.mjs';

/** Requests at a time in one thread. */
export const CONNECTIONS = 16;

/** @type {Pool | undefined} */
let pool;

/** Gets an object and unpacks it. @param {string} url @param {string} to */
export const fetchTo = async (url, to) => unpackBytes(url, await get(url), to);

/** @param {string} url @returns {Promise<Buffer>} */
export function get(url) {
  const { origin } = new URL(url);
  const to = (pool ??= new Pool(origin, { connections: CONNECTIONS, pipelining: 1 }));
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const chunks = [];
    let status = 0;
    to.dispatch(
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
