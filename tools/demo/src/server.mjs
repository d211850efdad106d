/** The side that publishes: a repository, its commits and the HTTP server. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { elapsed } from './steps.mjs';

export const REPO = 'server/repo';
export const REF = 'os/main';

const START_MS = 30_000;

/**
 * Commits a version, signs it and brings the summary up to date.
 *
 * @param {import('./steps.mjs').Steps} steps
 * @param {import('./keys.mjs').Keys} keys
 * @param {{ tree: string, version: number }} what
 */
export async function publish(steps, keys, { tree, version }) {
  const args = ['-b', REF, '-s', `Version ${version}`, `--add-metadata-string=version=${version}`];
  await steps.ost([`--repo=${REPO}`, 'commit', ...args, ...keys.commit, tree]);
  await steps.ost([`--repo=${REPO}`, 'summary', '-u', ...keys.summary]);
}

/**
 * @param {import('./steps.mjs').Steps} steps
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
export async function startServer(steps) {
  const from = performance.now();
  const portFile = 'server/port';
  const child = steps.startOst([`--repo=${REPO}`, 'serve', '--port=0', `--port-file=${portFile}`]);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const closed = once(child, 'close');
  let port = Number.NaN;
  while (!(port > 0)) {
    if (child.exitCode !== null || performance.now() - from > START_MS) {
      child.kill();
      throw new Error(`The server does not start\n${stderr}`.trimEnd());
    }
    await sleep(50);
    port = Number.parseInt(await readFile(join(steps.cwd, portFile), 'utf8').catch(() => ''), 10);
  }
  console.log(`  [port ${port} after ${elapsed(from)}]`);
  const stop = async () => {
    console.log('\n$ kill %1');
    child.kill('SIGTERM');
    const [code, signal] = await closed;
    console.log(`  [the server ended: ${signal ?? `exit ${code}`}]`);
    if (stderr !== '') process.stdout.write(stderr);
  };
  return { port, stop };
}
