/** GET requests as the fastest HTTP library of Node makes them, with nothing around. */
import { Pool } from 'undici';
import { unpackBytes } from './objects.mjs';

/** @param {number} connections @returns {(url: string, to: string) => Promise<void>} gets an object and unpacks it */
export function fetchTo(connections) {
  /** @type {Pool | undefined} */
  let pool;
  return async (url, to) => {
    const { origin } = new URL(url);
    pool ??= new Pool(origin, { connections, pipelining: 1 });
    unpackBytes(url, await get(pool, origin, url), to);
  };
}

/** @param {Pool} pool @param {string} origin @param {string} url @returns {Promise<Buffer>} */
function get(pool, origin, url) {
  return new Promise((resolve, reject) => {
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
