import * as fs from 'node:fs';
import { displayUrl } from '../remote/url.js';
import type { Exchange } from './exchange.js';

/** True where the environment asks for a line about each request, by libostree's variable. */
export function isTraced(env: NodeJS.ProcessEnv): boolean {
  return env['OSTREE_DEBUG_HTTP'] !== undefined;
}

/** Says on standard error what becomes of a request. */
export function traceExchange(url: URL, exchange: Exchange): void {
  const started = performance.now();
  const say = (outcome: string): void => {
    const ms = Math.round(performance.now() - started);
    // Not by `process.stderr`, which loses what a worker thread says last.
    fs.writeSync(2, `GET ${displayUrl(url)}: ${outcome}, ${exchange.received} bytes in ${ms} ms\n`);
  };
  const answered = exchange.response.then(
    ({ status }) => String(status),
    (error: unknown) => (error as Error).message,
  );
  void exchange.ended.then(async () => say(await answered));
}
