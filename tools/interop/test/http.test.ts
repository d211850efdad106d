import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGpg, makeKey, type SigningKey } from '../src/gpg.js';
import { noise, oddTree } from '../src/odd-tree.js';
import { ost, type Program, reference } from '../src/programs.js';
import { commit, complaints, init, objects, refFiles } from '../src/repos.js';
import { attempt, environment, execute, run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';
import { clients, serve } from '../src/server.js';

const dir = scratch('http');
const tree = join(dir, 'tree');
const origin = join(dir, 'origin');
const keys = mkdtempSync(join(tmpdir(), 'g'));
let key: SigningKey | undefined;
let stranger: SigningKey | undefined;

afterAll(() => {
  execute(['gpgconf', '--kill', 'all'], { env: { GNUPGHOME: join(keys, 'a') } });
  rmSync(keys, { recursive: true, force: true });
});

beforeAll(() => {
  oddTree(tree);
  for (let i = 0; i < 200; i++) writeFileSync(join(tree, `noise-${i}`), noise(20_000, i + 1));
  if (hasGpg) [key, stranger] = [makeKey(join(keys, 'a'), 'Signer'), makeKey(join(keys, 'b'), 'Stranger')];
  const sign = key === undefined ? [] : [`--gpg-sign=${key.id}`, `--gpg-homedir=${key.home}`];
  init(reference, origin, 'archive');
  for (let i = 0; i < 4; i++) {
    writeFileSync(join(tree, 'counter'), `${i}\n`);
    commit(i % 2 === 0 ? ost : reference, origin, '-b', 'main', '-s', `Number ${i}`, ...sign, tree);
  }
  commit(reference, origin, '-b', 'other', '--tree=ref=main^', '--owner-uid=0', ...sign);
  run(reference, ['summary', `--repo=${origin}`, '-u', ...sign]);
});

/** A new repository with the remote `origin`. */
function client(program: Program, url: string, mode: string, ...options: readonly string[]): string {
  const repo = init(program, join(dir, fresh('client')), mode);
  const verify = options.length === 0 ? ['--no-gpg-verify'] : options;
  run(program, ['remote', `--repo=${repo}`, 'add', ...verify, 'origin', url]);
  return repo;
}

const contents = (repo: string): object => ({ refs: refFiles(repo), objects: objects(repo) });

const PULLS: readonly (readonly [name: string, mode: string, args: readonly string[]])[] = [
  ['one ref', 'archive', ['origin', 'main']],
  ['one ref into bare-user', 'bare-user', ['origin', 'main']],
  ['one ref into bare', 'bare', ['origin', 'main']],
  ['--mirror', 'archive', ['--mirror', 'origin']],
  ['--mirror of a ref', 'archive', ['--mirror', 'origin', 'main']],
  ['--depth=2', 'archive', ['--depth=2', 'origin', 'main']],
  ['--depth=-1', 'bare-user', ['--depth=-1', 'origin', 'main', 'other']],
  ['--commit-metadata-only', 'archive', ['--commit-metadata-only', '--depth=1', 'origin', 'main']],
  ['--subpath', 'archive', ['--subpath=/sub', 'origin', 'main']],
  ['no ref that is there', 'archive', ['origin', 'nothing']],
  ['--disable-static-deltas', 'archive', ['--disable-static-deltas', 'origin', 'other']],
];

describe.each(clients)('$client pulls from $by', ({ program, server }) => {
  let url = '';

  beforeAll(async () => {
    url = await serve(dir, origin, server);
  });

  it.each(PULLS)('%s', (_name, mode, args) => {
    const repo = client(program, url, mode);
    const local = client(reference, `file://${origin}`, mode);
    const { code, stderr } = attempt(program, ['pull', `--repo=${repo}`, ...args]);
    const wanted = attempt(reference, ['pull', `--repo=${local}`, ...args]);
    expect(code, stderr).toBe(wanted.code);
    if (code === 0) expect(contents(repo)).toEqual(contents(local));
    expect(complaints(repo)).toEqual([]);
  });

  it('nothing when there is nothing new, and then the new commit', () => {
    const repo = client(program, url, 'archive');
    run(program, ['pull', `--repo=${repo}`, 'origin', 'main']);
    const before = contents(repo);
    run(program, ['pull', `--repo=${repo}`, 'origin', 'main']);
    expect(contents(repo)).toEqual(before);
    run(program, ['pull', `--repo=${repo}`, 'origin', 'other']);
    expect(complaints(repo)).toEqual([]);
  });

  it.skipIf(!hasGpg)('signed commits, and no others', () => {
    const good = client(
      program,
      url,
      'archive',
      `--gpg-import=${key?.publicKey ?? ''}`,
      '--set=gpg-verify-summary=true',
    );
    run(program, ['pull', `--repo=${good}`, 'origin', 'main']);
    const shown = [ost, reference].map((by) =>
      run(by, ['show', `--repo=${good}`, '--gpg-verify-remote=origin', 'origin:main']),
    );
    expect(shown[0]).toContain('Good signature');
    expect(shown[0]).toBe(shown[1]);

    const bad = client(program, url, 'archive', `--gpg-import=${stranger?.publicKey ?? ''}`);
    const { code, stderr } = attempt(program, ['pull', `--repo=${bad}`, 'origin', 'main']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*(public key|signature)/ims);
    expect(refFiles(bad)).toEqual(['']);
  });
});

describe('a pull that is killed', () => {
  it('goes on where it was', async () => {
    // Killed at a request and not after a time, so that every machine kills at the same places.
    let requests = 0;
    let onRequest: (count: number) => void = () => undefined;
    const server = createServer((request, response) => {
      onRequest(++requests);
      const path = join(origin, decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
      if (existsSync(path)) createReadStream(path).pipe(response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const repo = client(ost, url, 'archive');
    const [file = '', ...args] = ost.command;
    const pull = ['pull', `--repo=${repo}`, '--depth=-1', 'origin', 'main'];
    try {
      for (let i = 1; i <= 10; i++) {
        const child = spawn(file, [...args, ...pull], { env: environment(), stdio: 'ignore' });
        const ended = new Promise<NodeJS.Signals | null>(
          (done) => void child.on('exit', (_code, signal) => done(signal)),
        );
        requests = 0;
        onRequest = (count) => {
          if (count === 2 * i) child.kill('SIGKILL');
        };
        const signal = await ended;
        if (i === 1) expect(signal).toBe('SIGKILL');
        expect(complaints(repo)).toEqual([]);
      }
      onRequest = () => undefined;
      const child = spawn(file, [...args, ...pull], { env: environment(), stdio: 'ignore' });
      expect(await new Promise<number | null>((done) => void child.on('exit', done))).toBe(0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    expect(complaints(repo)).toEqual([]);
    const whole = client(reference, await serve(dir, origin), 'archive');
    run(reference, ['pull', `--repo=${whole}`, '--depth=-1', 'origin', 'main']);
    expect(contents(repo)).toEqual(contents(whole));
  });
});
