import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ost, type Program, reference } from './programs.js';
import { environment } from './run.js';
import { fresh } from './scratch.js';

const TRIVIAL = '/usr/libexec/libostree/ostree-trivial-httpd';

/** Who can serve a repository. */
export const servers: readonly {
  readonly name: string;
  readonly command: (repo: string, portFile: string) => readonly string[];
}[] = [
  {
    name: 'ost serve',
    command: (repo, portFile) => [...ost.command, 'serve', `--repo=${repo}`, '--port', '0', '--port-file', portFile],
  },
  ...(existsSync(TRIVIAL)
    ? [{ name: 'trivial-httpd', command: (repo: string, portFile: string) => [TRIVIAL, '-p', portFile, repo] }]
    : []),
];

const running: ChildProcess[] = [];

// Hooks that a running test adds are never called, so this one stands ready for all of them.
afterAll(async () => {
  const left = running.splice(0).filter((child) => child.exitCode === null && child.signalCode === null);
  const ended = left.map((child) => once(child, 'exit'));
  for (const child of left) child.kill();
  await Promise.all(ended);
});

/** Starts a server that ends with the file's tests; its URL. */
export async function serve(dir: string, repo: string, server = servers[0]): Promise<string> {
  if (server === undefined) throw new Error('No server');
  const name = fresh('server');
  const portFile = join(dir, `${name}.port`);
  const [file = '', ...args] = server.command(repo, portFile);
  const log = openSync(join(dir, `${name}.log`), 'w');
  const child = spawn(file, args, { env: environment(), stdio: ['ignore', log, log] });
  running.push(child);
  for (let i = 0; i < 200; i++) {
    const port = existsSync(portFile) ? readFileSync(portFile, 'utf8').trim() : '';
    if (port !== '') return `http://127.0.0.1:${port}`;
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`${server.name} did not start: ${readFileSync(join(dir, `${name}.log`), 'utf8')}`);
}

/** Waits. */
export const sleep = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));

/** Who pulls from whom: the other one's server. */
export const clients: readonly {
  readonly program: Program;
  readonly client: string;
  readonly server: (typeof servers)[number] | undefined;
  readonly by: string;
}[] = [
  { program: reference, client: 'reference', server: servers[0], by: 'ost serve' },
  { program: ost, client: 'ost', server: servers[1] ?? servers[0], by: (servers[1] ?? servers[0])?.name ?? '' },
  { program: ost, client: 'ost', server: servers[0], by: 'ost serve' },
].slice(0, servers.length > 1 ? 3 : 2);
