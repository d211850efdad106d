import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ost, type Program, reference } from '../src/programs.js';
import { commit, complaints, init, objects, refFiles } from '../src/repos.js';
import { execute, run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';
import { serve, sleep } from '../src/server.js';

const dir = scratch('http2');
const origin = join(dir, 'origin');
const [cert, key] = [join(dir, 'server.crt'), join(dir, 'server.key')];
/** More files than nginx answers on one connection. */
const FILES = 2300;
const hasNginx = execute(['sh', '-c', 'command -v nginx']).code === 0;
const children: ChildProcess[] = [];

beforeAll(() => {
  const tree = join(dir, 'tree');
  mkdirSync(tree, { recursive: true });
  for (let i = 0; i < FILES; i++) writeFileSync(join(tree, `${i}`), `file ${i}\n`);
  init(reference, origin, 'archive');
  commit(reference, origin, '-b', 'main', tree);
  run(reference, ['summary', `--repo=${origin}`, '-u']);
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj /CN=test';
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert];
  const made = execute(['openssl', ...request.split(' '), ...names]);
  expect(made.code, made.stderr).toBe(0);
});

afterAll(async () => {
  const ended = children.map((child) => once(child, 'exit'));
  for (const child of children) child.kill();
  await Promise.all(ended);
});

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

interface Served {
  readonly url: string;
  /** Versions of HTTP that the access log tells of. */
  readonly versions: () => ReadonlySet<string>;
}

const versions = (log: string) => () => new Set(readFileSync(log, 'utf8').match(/HTTP\/[0-9.]+/g));

async function nginx(): Promise<Served> {
  const at = join(dir, fresh('nginx'));
  mkdirSync(at);
  const port = await freePort();
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at}/${name};`);
  const log = join(at, 'access.log');
  writeFileSync(
    join(at, 'nginx.conf'),
    `daemon off; ${user} worker_processes 1; pid ${at}/pid; error_log ${at}/error.log;
events { worker_connections 256; }
http {
  access_log ${log}; default_type application/octet-stream; ${temp.join(' ')}
  server { listen 127.0.0.1:${port} ssl http2; ssl_certificate ${cert}; ssl_certificate_key ${key}; root ${origin}; }
}
`,
  );
  const args = ['-c', join(at, 'nginx.conf'), '-e', join(at, 'error.log'), '-p', at];
  children.push(spawn('nginx', args, { stdio: 'ignore' }));
  const url = `https://127.0.0.1:${port}`;
  for (let i = 0; !(await answers(port)); i++) {
    if (i === 100) throw new Error(`nginx did not start: ${readFileSync(join(at, 'error.log'), 'utf8')}`);
    await sleep(50);
  }
  return { url, versions: versions(log) };
}

async function ostServe(): Promise<Served> {
  const log = join(dir, `${fresh('serve')}.access`);
  const url = await serve(dir, origin, {
    name: 'ost serve',
    command: (repo, portFile) => {
      const tls = [`--tls-cert=${cert}`, `--tls-key=${key}`];
      const where = [`--repo=${repo}`, '--port=0', `--port-file=${portFile}`, `--access-log=${log}`];
      // Without this cache, malloc notices at once when somebody writes to memory that was freed.
      const strict = ['env', 'GLIBC_TUNABLES=glibc.malloc.tcache_count=0'];
      return [...strict, ...ost.command, 'serve', ...where, ...tls];
    },
  });
  return { url: url.replace('http:', 'https:'), versions: versions(log) };
}

const SERVERS = [...(hasNginx ? [{ name: 'nginx', start: nginx }] : []), { name: 'ost serve', start: ostServe }];

describe.each(SERVERS)('from $name over HTTP/2', ({ start }) => {
  const clients: readonly (readonly [string, Program])[] = [
    ['ost', ost],
    ['reference', reference],
  ];

  it.each(clients)('%s pulls all of many files', async (_, program) => {
    const { url, versions: spoken } = await start();
    const repo = init(program, join(dir, fresh('client')), 'archive');
    run(program, ['remote', `--repo=${repo}`, 'add', '--no-gpg-verify', `--set=tls-ca-path=${cert}`, 'origin', url]);
    run(program, ['pull', `--repo=${repo}`, '--mirror', 'origin', 'main']);
    expect([...spoken()]).toEqual(['HTTP/2.0']);
    expect(objects(repo)).toEqual(objects(origin));
    expect(refFiles(repo)).toEqual(refFiles(origin));
    expect(complaints(repo)).toEqual([]);
  });
});
