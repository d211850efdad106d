import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const program = path.resolve(import.meta.dirname, '../bin/ost.js');
const dist = path.resolve(import.meta.dirname, '../dist');
let directory: string;

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-program-'));
});

afterAll(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

function ost(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

describe('the bundled program', () => {
  test('commits a tree that is large enough for worker threads, and finds it sound', () => {
    const tree = path.join(directory, 'tree');
    for (let i = 0; i < 40; i++) {
      fs.mkdirSync(path.join(tree, `d${i}`), { recursive: true });
      for (let j = 0; j < 50; j++) fs.writeFileSync(path.join(tree, `d${i}`, `f${j}`), `${i} ${j}\n`);
    }
    // Above some size a file is streamed.
    fs.writeFileSync(path.join(tree, 'large'), Buffer.alloc(20 << 20, 'large'));
    expect(ost('--repo=repo', 'init', '--mode=archive')).toEqual({ code: 0, stdout: '', stderr: '' });
    const commit = ost('--repo=repo', 'commit', '-b', 'main', '--tree=dir=tree');
    expect(commit.stderr).toBe('');
    expect(ost('--repo=repo', 'rev-parse', 'main')).toEqual({ code: 0, stdout: commit.stdout, stderr: '' });
    const fsck = ost('--repo=repo', 'fsck');
    expect(fsck.stdout).toContain('object fsck of 1 commits completed successfully - no errors found.');
    expect(ost('--repo=repo', 'checkout', '-U', 'main', 'out').code).toBe(0);
    expect(fs.readFileSync(path.join(directory, 'out/d39/f49'), 'utf8')).toBe('39 49\n');
  });

  test('prints nothing but the error line and fails', () => {
    expect(ost('--repo=missing', 'refs')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: opening repo: opendir(missing): No such file or directory\n'.replace(
        'missing',
        path.join(directory, 'missing'),
      ),
    });
  });

  test('tells each request, and where an error comes from, with --verbose', async () => {
    ost('--repo=repo', 'summary', '--update');
    const port = path.join(directory, 'port');
    const server = spawn(process.execPath, [program, 'serve', '--repo=repo', '--port=0', `--port-file=${port}`], {
      cwd: directory,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => server.on('exit', resolve));
    try {
      await expect.poll(() => fs.existsSync(port) && fs.readFileSync(port, 'utf8'), { timeout: 30_000 }).toMatch(/\d/);
      const url = `http://127.0.0.1:${fs.readFileSync(port, 'utf8').trim()}`;
      ost('--repo=client', 'init', '--mode=archive');
      ost('--repo=client', 'remote', 'add', '--no-gpg-verify', 'origin', url);
      const { stderr } = ost('--repo=client', 'pull', '--verbose', 'origin', 'main');
      // Its last word, and what worker threads asked for: all 2,000 files and one more.
      expect(
        stderr.match(new RegExp(`^GET ${url}/objects/\\S+\\.filez: 200, \\d+ bytes in \\d+ ms$`, 'gm')),
      ).toHaveLength(2001);
      const missing = ost('--repo=client', 'pull', '--verbose', 'origin', 'other');
      expect(missing.stderr).toMatch(/^error: .*\n.*\[OstError\]: [\s\S]*\n {4}at /m);
    } finally {
      server.kill();
      await ended;
    }
  });

  test('calls itself by the name of the link that starts it', () => {
    const link = path.join(directory, 'ostree');
    fs.symlinkSync(program, link);
    const { stdout } = spawnSync(process.execPath, [link, 'refs', '--help'], { encoding: 'utf8' });
    expect(stdout).toMatch(/^Usage:\n {2}ostree refs /);
  });

  // Another Node than the one that built the bundle has no cache, and compiles it as usual.
  const cache = path.join(dist, `ost.js.${process.versions.v8}.cache`);
  test.skipIf(!fs.existsSync(cache))('starts from a code cache that V8 accepts, that of each chunk included', () => {
    const probe = `
      process.argv.splice(1, 1, ${JSON.stringify(program)}, 'admin', 'status', '--sysroot=sysroot');
      const { load, scripts } = require(${JSON.stringify(program)});
      process.on('exit', () => {
        console.error(JSON.stringify([...scripts].map(([name, { cachedDataRejected }]) => [name, cachedDataRejected])));
      });
      load('./main.js');`;
    fs.mkdirSync(path.join(directory, 'sysroot'));
    ost('admin', 'init-fs', 'sysroot');
    const { stderr } = spawnSync(process.execPath, ['-e', probe, 'x'], { cwd: directory, encoding: 'utf8' });
    const scripts = JSON.parse(stderr) as [name: string, rejected: boolean | undefined][];
    expect(scripts.length).toBeGreaterThan(5);
    expect(scripts.filter(([, rejected]) => rejected !== false)).toEqual([]);
  });

  test('loads no part of Node that a small command does not need', () => {
    const probe = `
      process.argv.splice(1, 1, ${JSON.stringify(program)}, '--repo=repo', 'rev-parse', 'main');
      const { load } = require(${JSON.stringify(program)});
      const before = new Set(process.moduleLoadList);
      process.on('exit', () => console.error(process.moduleLoadList.filter((name) => !before.has(name)).join(', ')));
      load('./main.js');`;
    const { stderr } = spawnSync(process.execPath, ['-e', probe, 'x'], { cwd: directory, encoding: 'utf8' });
    // Only what `util.parseArgs` is made of.
    expect(
      stderr
        .split(', ')
        .filter((name) => !name.includes('parse_args'))
        .join(', ')
        .trim(),
    ).toBe('');
  });

  test('loads libraries beside it only when a command needs them', () => {
    const probe = `
      process.argv.splice(1, 1, ${JSON.stringify(program)}, '--repo=repo', 'rev-parse', 'main');
      process.on('exit', () => console.error(Object.keys(require.cache).join(' ')));
      require(${JSON.stringify(program)});`;
    const { stderr } = spawnSync(process.execPath, ['-e', probe, 'x'], { cwd: directory, encoding: 'utf8' });
    expect(stderr).not.toMatch(/koffi|openpgp|undici|yargs/);
  });
});
