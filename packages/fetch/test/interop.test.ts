import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatPullStatus, pull } from '@ost/fetch';
import { addRemote, initRepo, openRepo, type Repo } from '@ost/repo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertSound } from './support/fixture.js';
import { TestServer } from './support/server.js';

function hasOstree(): boolean {
  try {
    execFileSync('ostree', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const present = hasOstree();
if (!present) console.warn('skipped: ostree is not installed');

describe.skipIf(!present)('with the real ostree', () => {
  let root: string;
  let server: TestServer;
  const ostree = (...args: string[]): string => execFileSync('ostree', args, { cwd: root, encoding: 'utf8' });

  beforeAll(async () => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-fetch-interop-'));
    const tree = path.join(root, 'tree');
    for (let i = 0; i < 40; i++) {
      fs.mkdirSync(path.join(tree, `dir${i}/sub`), { recursive: true });
      for (let j = 0; j < 20; j++) fs.writeFileSync(path.join(tree, `dir${i}/f${j}`), `${i}/${j}\n`.repeat(i * j * 9));
      fs.symlinkSync(`../f${i}`, path.join(tree, `dir${i}/sub/link-ü`));
    }
    fs.writeFileSync(path.join(tree, 'big'), Buffer.alloc(12 << 20, 'abcdefghij'));
    ostree('init', '--repo=srv', '--mode=archive');
    ostree('commit', '--repo=srv', '-b', 'main/ü', '--tree=dir=tree', '-s', 'one');
    fs.writeFileSync(path.join(tree, 'new'), 'new');
    ostree('commit', '--repo=srv', '-b', 'main/ü', '--tree=dir=tree', '-s', 'two');
    ostree('summary', '--repo=srv', '-u');
    server = await new TestServer(path.join(root, 'srv')).start();
  });
  afterAll(async () => {
    await server.stop();
    fs.rmSync(root, { recursive: true, force: true });
  });

  async function client(name: string, mode: string): Promise<Repo> {
    const repo = await initRepo(path.join(root, name), { mode });
    addRemote(repo, 'origin', {
      keys: [
        ['url', server.url],
        ['gpg-verify', 'false'],
      ],
    });
    return openRepo(repo.path);
  }

  it.each(['archive', 'bare-user', 'bare'])('pulls what ostree made into a %s repository', async (mode) => {
    const repo = await client(`from-${mode}`, mode);
    const result = await pull(repo, 'origin', { refs: ['main/ü'], depth: -1 });
    expect(result.commits).toHaveLength(2);
    expect(formatPullStatus(result)).toMatch(/MB content written$/);
    ostree('fsck', `--repo=from-${mode}`);
    expect(ostree('rev-parse', `--repo=from-${mode}`, 'origin:main/ü')).toBe(
      ostree('rev-parse', '--repo=srv', 'main/ü'),
    );
  });

  it('keeps archived objects byte for byte', async () => {
    const repo = await client('bytes', 'archive');
    await pull(repo, 'origin', { mirror: true, depth: -1 });
    execFileSync('diff', ['-r', path.join(root, 'srv/objects'), path.join(root, 'bytes/objects')]);
    execFileSync('diff', ['-r', path.join(root, 'srv/refs'), path.join(root, 'bytes/refs')]);
    execFileSync('cmp', [path.join(root, 'srv/summary'), path.join(root, 'bytes/summary')]);
  });

  it('continues what a killed process began', async () => {
    const repo = await client('killed', 'bare-user');
    let served = 0;
    const main = fileURLToPath(new URL('./support/pull-main.mjs', import.meta.url));
    const child = spawn(process.execPath, [main, repo.path, 'origin', 'main/ü'], { stdio: 'inherit' });
    const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
    server.behaviours.set('.filez', () => {
      if (++served === 600) child.kill('SIGKILL');
      return false;
    });
    expect(await ended).toBe('SIGKILL');
    server.behaviours.clear();
    expect(repo.resolveIfPresent('origin:main/ü')).toBeNull();
    server.forget();
    await pull(repo, 'origin', { refs: ['main/ü'] });
    expect(server.count('.filez')).toBeLessThan(500);
    expect(server.count('.filez')).toBeGreaterThan(0);
    await assertSound(repo);
    ostree('fsck', '--repo=killed');
  });

  it('continues what ostree began, and the other way round', async () => {
    const repo = await client('mixed', 'bare-user');
    let served = 0;
    const child = spawn('ostree', ['pull', '--repo=mixed', 'origin', 'main/ü'], { cwd: root, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    server.behaviours.set('.filez', () => {
      if (++served === 300) child.kill('SIGKILL');
      return false;
    });
    await ended;
    server.behaviours.clear();
    const { stats } = await pull(repo, 'origin', { refs: ['main/ü'] });
    expect(stats.contentFetched).toBeLessThan(750);
    ostree('fsck', '--repo=mixed');

    const abort = new AbortController();
    const other = await client('mixed2', 'archive');
    served = 0;
    server.behaviours.set('.filez', () => {
      if (++served === 300) abort.abort();
      return false;
    });
    await expect(pull(other, 'origin', { refs: ['main/ü'], signal: abort.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    server.behaviours.clear();
    // Not execFileSync: this process is the server.
    const finish = spawn('ostree', ['pull', '--repo=mixed2', 'origin', 'main/ü'], { cwd: root, stdio: 'ignore' });
    expect(await new Promise((resolve) => finish.on('exit', resolve))).toBe(0);
    ostree('fsck', '--repo=mixed2');
  });
});
