import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGpg, makeKey, type SigningKey } from '../src/gpg.js';
import { noise } from '../src/odd-tree.js';
import { ost } from '../src/programs.js';
import { complaints, init } from '../src/repos.js';
import { execute, run, sh } from '../src/run.js';
import { scratch } from '../src/scratch.js';
import { serve } from '../src/server.js';

const hasFlatpak = execute(['sh', '-c', 'command -v flatpak']).code === 0;
if (!hasFlatpak) {
  if (process.env['CI'] !== undefined) throw new Error('flatpak is not installed');
  console.warn('skipped: flatpak is not installed');
}

const APP = 'org.example.App';
const dir = scratch('flatpak');
const keys = mkdtempSync(join(tmpdir(), 'g'));
const upstream = join(dir, 'upstream');
const app = join(dir, 'app');
const home = join(dir, 'home');
let key: SigningKey;
let sign: readonly string[];

afterAll(() => {
  execute(['gpgconf', '--kill', 'all'], { env: { GNUPGHOME: join(keys, 'a') } });
  rmSync(keys, { recursive: true, force: true });
});

const flatpak = (...args: readonly string[]): string => sh(['flatpak', ...args], { env: { HOME: home } });
const installed = (): string =>
  readFileSync(join(home, `.local/share/flatpak/app/${APP}/current/active/files/bin/hello`), 'utf8');

/** Publishes a version of the application, as its makers do. */
function publish(version: number): void {
  writeFileSync(join(app, 'files/bin/hello'), `#!/bin/sh\necho ${version}\n`);
  chmodSync(join(app, 'files/bin/hello'), 0o755);
  flatpak('build-export', ...sign, upstream, app, 'stable');
  flatpak('build-update-repo', ...sign, '--generate-static-deltas', upstream);
}

describe.skipIf(!hasFlatpak || !hasGpg)('a flatpak client', () => {
  beforeAll(() => {
    key = makeKey(join(keys, 'a'), 'Publisher');
    sign = [`--gpg-sign=${key.id}`, `--gpg-homedir=${key.home}`];
    for (const name of [home, join(app, 'files/bin'), join(app, 'export')]) mkdirSync(name, { recursive: true });
    writeFileSync(join(app, 'files/data'), noise(200_000, 1));
    const [runtime, sdk] = ['Platform', 'Sdk'].map((name) => `org.example.${name}/x86_64/1`);
    writeFileSync(join(app, 'metadata'), `[Application]\nname=${APP}\nruntime=${runtime}\nsdk=${sdk}\ncommand=hello\n`);
    publish(1);
  });

  it('installs and updates an application from a mirror that ost keeps and serves', async () => {
    const mirror = init(ost, join(dir, 'mirror'), 'archive');
    const remote = [`--gpg-import=${key.publicKey}`, '--set=gpg-verify-summary=true', 'upstream', `file://${upstream}`];
    run(ost, ['remote', `--repo=${mirror}`, 'add', ...remote]);
    run(ost, ['mirror', `--repo=${mirror}`, 'upstream']);
    expect(complaints(mirror)).toEqual([]);
    const url = await serve(dir, mirror);
    flatpak('--user', 'remote-add', `--gpg-import=${key.publicKey}`, 'test', `${url}/`);
    flatpak('--user', 'install', '-y', '--noninteractive', '--no-deps', 'test', APP);
    expect(installed()).toBe('#!/bin/sh\necho 1\n');
    publish(2);
    run(ost, ['mirror', `--repo=${mirror}`, '--delete', 'upstream']);
    flatpak('--user', 'update', '-y', '--noninteractive', '--no-deps', APP);
    expect(installed()).toBe('#!/bin/sh\necho 2\n');
  });

  it('installs an application that ost serves right from where it was made', async () => {
    const url = await serve(dir, upstream);
    flatpak('--user', 'remote-add', `--gpg-import=${key.publicKey}`, 'direct', `${url}/`);
    expect(flatpak('--user', 'remote-ls', '--columns=application', 'direct').trim()).toBe(APP);
  });
});
