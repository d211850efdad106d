import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise, oddTree } from '../src/odd-tree.js';
import { ost, reference } from '../src/programs.js';
import { commit, complaints, init, objectPath, objects, state } from '../src/repos.js';
import { attempt, execute, type Outcome, run, type RunOptions } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';

const dir = scratch('bad-input');
const tree = join(dir, 'tree');
const model = join(dir, 'model');
const NOBODY = 65_534;

beforeAll(() => {
  oddTree(tree);
  init(reference, model, 'archive');
  commit(reference, model, '-b', 'main', '-s', 'One', tree);
});

/** A copy of a good repository, to be spoilt. */
function copy(): string {
  const path = join(dir, fresh('repo'));
  cpSync(model, path, { recursive: true, verbatimSymlinks: true });
  return path;
}

/** One `error:` line and nothing after it; a usage message may come before. */
function expectOneError({ code, signal, stderr }: Outcome): void {
  expect({ code, signal }, stderr).toEqual({ code: 1, signal: null });
  expect(stderr.match(/^error: /gm), stderr).toHaveLength(1);
  expect(stderr.slice(stderr.indexOf('error: ')).trimEnd().split('\n'), stderr).toHaveLength(1);
  expect(stderr).not.toMatch(/\n {4}at |node:internal/);
}

/** What lies in `tmp` that a next command would not take for a cache. */
const leftovers = (repo: string): readonly string[] =>
  readdirSync(join(repo, 'tmp')).filter((name) => name !== 'cache' && !name.endsWith('-lock'));

/** Runs ost on a repository that must stay as it was. */
function refuse(repo: string, args: readonly string[], options: RunOptions = {}): Outcome {
  const before = state(repo);
  const outcome = attempt(ost, args, options);
  expectOneError(outcome);
  expect(state(repo)).toBe(before);
  expect(leftovers(repo).filter((name) => !name.startsWith('staging-'))).toEqual([]);
  return outcome;
}

const OTHER_WORDS = new Set(['a delta that is not there', 'a delta that is none']);

describe('commands that are wrong', () => {
  const cases: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['a ref that is not there', ['rev-parse', '--repo=REPO', 'nothing']],
    ['a checkout of nothing', ['checkout', '--repo=REPO', 'nothing', `${dir}/co`]],
    ['a commit that is not there', ['show', '--repo=REPO', '0'.repeat(64)]],
    ['a repository that is not there', ['refs', `--repo=${dir}/no`]],
    ['a file for a repository', ['refs', '--repo=REPO/config']],
    ['a key without a name', ['commit', '--repo=REPO', '-b', 'x', '--add-metadata==1', tree]],
    ['a key without a value', ['commit', '--repo=REPO', '-b', 'x', '--add-metadata-string=key', tree]],
    ['an unknown option', ['refs', '--repo=REPO', '--no-such-option']],
    ['an unknown command', ['no-such-command']],
    ['no command', []],
    ['a missing argument', ['checkout', '--repo=REPO']],
    ['a missing value', ['commit', '--repo=REPO', '-b']],
    ['too few arguments to reset', ['reset', '--repo=REPO', 'main']],
    ['a commit without branch', ['commit', '--repo=REPO', tree]],
    ['a commit of nothing', ['commit', '--repo=REPO', '-b', 'x', `${dir}/no`]],
    ['an invalid ref', ['commit', '--repo=REPO', '-b', 'a//b', tree]],
    ['a ref whose name is too long', ['commit', '--repo=REPO', '-b', 'n'.repeat(300), tree]],
    ['a new ref whose name is too long', ['refs', '--repo=REPO', `--create=${'n'.repeat(300)}`, 'main']],
    ['a revision that is too long', ['rev-parse', '--repo=REPO', 'n'.repeat(300)]],
    ['a checkout to a name that is too long', ['checkout', '--repo=REPO', '-U', 'main', 'n'.repeat(300)]],
    ['a path that is too long', ['ls', '--repo=REPO', 'main', `/${'n'.repeat(300)}`]],
    ['a hostile ref', ['commit', '--repo=REPO', '-b', '../../x', tree]],
    ['an unknown mode', ['init', `--repo=${dir}/new`, '--mode=no-such-mode']],
    ['an unknown config key', ['config', '--repo=REPO', 'get', 'nothing']],
    ['a remote that is not there', ['pull', '--repo=REPO', 'nothing', 'main']],
    ['a number that is none', ['prune', '--repo=REPO', '--depth=x']],
    ['a delta that is not there', ['static-delta', 'apply-offline', '--repo=REPO', `${dir}/no`]],
    ['a delta that is none', ['static-delta', 'apply-offline', '--repo=REPO', `${tree}/hello`]],
    ['a source that is no repository', ['pull-local', '--repo=REPO', tree, 'main']],
  ];

  it.each(cases)('%s', (name, args) => {
    const repo = copy();
    const words = args.map((word) => word.replace('REPO', repo));
    const ours = refuse(repo, words);
    const theirs = attempt(reference, words);
    // What is wrong is told in other words where libostree names a call of its own.
    if (OTHER_WORDS.has(name)) return;
    const message = (text: string): string => text.slice(text.lastIndexOf('error: '));
    expect(ours.code).toBe(theirs.code);
    expect(message(ours.stderr)).toBe(message(theirs.stderr).replaceAll(/ostree(?= )/g, 'ost'));
  });
});

describe('repositories that are broken', () => {
  it.each([
    ['an unknown mode', '[core]\nrepo_version=1\nmode=no-such-mode\n'],
    ['another version', '[core]\nrepo_version=7\nmode=archive-z2\n'],
    ['no version', '[core]\nmode=archive-z2\n'],
    ['no group', 'repo_version=1\n'],
    ['garbage', '\0\u0001\u0002[[[['],
    ['nothing', ''],
  ])('config with %s', (_name, text) => {
    const repo = copy();
    writeFileSync(join(repo, 'config'), text);
    refuse(repo, ['refs', `--repo=${repo}`]);
    refuse(repo, ['commit', `--repo=${repo}`, '-b', 'main', tree]);
    expect(attempt(reference, ['refs', `--repo=${repo}`]).code).toBe(1);
  });

  it.each(['commit', 'dirtree', 'dirmeta', 'filez'])('a truncated, an empty and a changed %s', (extension) => {
    for (const spoil of ['truncate', 'empty', 'change', 'append', 'remove']) {
      const repo = copy();
      const path = objects(repo).find((name) => name.endsWith(`.${extension}`)) ?? '';
      const full = join(repo, path);
      const bytes = readFileSync(full);
      if (spoil === 'truncate') truncateSync(full, Math.floor(bytes.length / 2));
      if (spoil === 'empty') truncateSync(full, 0);
      if (spoil === 'append') appendFileSync(full, 'x');
      if (spoil === 'remove') rmSync(full);
      if (spoil === 'change')
        writeFileSync(
          full,
          bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 0x55 : byte)),
        );
      const ours = attempt(ost, ['fsck', `--repo=${repo}`, '--quiet']);
      const theirs = attempt(reference, ['fsck', `--repo=${repo}`, '--quiet']);
      expect(ours.code, `${spoil}: ${ours.stderr} (reference: ${theirs.stderr})`).toBe(theirs.code === 0 ? 0 : 1);
      if (ours.code !== 0) expectOneError(ours);
      const target = init(reference, join(dir, fresh('target')), 'archive');
      const pulled = attempt(ost, ['pull-local', `--repo=${target}`, '--untrusted', repo, 'main']);
      if (ours.code !== 0) expectOneError(pulled);
      expect(complaints(target)).toEqual([]);
      expect(run(reference, ['refs', `--repo=${target}`]) === '').toBe(pulled.code !== 0);
    }
  });
});

/** The text `name` as a GVariant dirtree of one file, however unfit the name. */
function dirtree(name: Uint8Array): Uint8Array {
  const entry = Buffer.concat([name, Buffer.from([0]), Buffer.alloc(32, 0xab)]);
  const element = Buffer.concat([entry, Buffer.from([name.length + 1])]);
  const array = Buffer.concat([element, Buffer.from([element.length])]);
  return Buffer.concat([array, Buffer.from([array.length])]);
}

describe('hostile trees', () => {
  it.each([
    ['..', Buffer.from('..')],
    ['.', Buffer.from('.')],
    ['nothing', Buffer.from('')],
    ['a slash', Buffer.from('a/b')],
    ['an absolute path', Buffer.from('/etc/passwd')],
    ['invalid UTF-8', Buffer.from([0xff, 0xfe])],
    ['NUL', Buffer.from('a\0b')],
  ])('a name that is %s', (_name, name) => {
    const repo = copy();
    const bytes = dirtree(name);
    const sum = createHash('sha256').update(bytes).digest('hex');
    const path = objectPath(repo, sum, 'dirtree');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    // A commit of that tree, with all else as in a good one.
    const good = run(reference, ['rev-parse', `--repo=${repo}`, 'main']).trim();
    const raw = readFileSync(objectPath(repo, good, 'commit'));
    const old =
      /^d\d+\s+\d+\s+\d+\s+\d+\s+([0-9a-f]{64}) /.exec(
        run(reference, ['ls', `--repo=${repo}`, '-d', '-C', 'main']),
      )?.[1] ?? '';
    const at = raw.indexOf(Buffer.from(old, 'hex'));
    expect(at).toBeGreaterThan(0);
    Buffer.from(sum, 'hex').copy(raw, at);
    const bad = createHash('sha256').update(raw).digest('hex');
    mkdirSync(dirname(objectPath(repo, bad, 'commit')), { recursive: true });
    writeFileSync(objectPath(repo, bad, 'commit'), raw);
    const target = join(dir, fresh('escape'));
    refuse(repo, ['checkout', `--repo=${repo}`, '-U', bad, target]);
    refuse(repo, ['ls', `--repo=${repo}`, '-R', bad]);
    const into = init(reference, join(dir, fresh('into')), 'archive');
    refuse(into, ['pull-local', `--repo=${into}`, repo, bad]);
    refuse(into, ['pull-local', `--repo=${into}`, '--untrusted', repo, bad]);
  });

  it.skipIf(process.platform !== 'linux').each(['fifo', 'device', 'socket', 'invalid UTF-8'])(
    '%s in a directory',
    (kind) => {
      const source = join(dir, fresh('special'));
      mkdirSync(source);
      const make = {
        fifo: ['mkfifo', join(source, 'x')],
        device: ['mknod', join(source, 'x'), 'c', '1', '3'],
        socket: [
          'python3',
          '-c',
          'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
          join(source, 'x'),
        ],
        'invalid UTF-8': ['sh', '-c', `cd ${source} && : > "$(printf 'a\\377b')"`],
      }[kind] as readonly string[];
      if (execute(make).code !== 0) return;
      for (const mode of ['archive', 'bare-user']) {
        // Without core.fsync=false, which has both programs write objects in place at once.
        const repo = join(dir, fresh('special-repo'));
        run(reference, ['init', `--repo=${repo}`, `--mode=${mode}`]);
        const ours = refuse(repo, ['commit', `--repo=${repo}`, '-b', 'main', source]);
        const theirs = attempt(reference, ['commit', `--repo=${repo}`, '-b', 'main', source]);
        expect(theirs.code).toBe(1);
        if (kind !== 'invalid UTF-8') expect(ours.stderr).toBe(theirs.stderr);
      }
    },
  );

  it.skipIf(!isRoot)('a file that the user may not read', () => {
    const source = join(dir, fresh('secret'));
    mkdirSync(source);
    writeFileSync(join(source, 'open'), 'open\n');
    writeFileSync(join(source, 'secret'), 'secret\n', { mode: 0o600 });
    chmodSync(dir, 0o755);
    const home = join(dir, fresh('home'));
    mkdirSync(home);
    execute(['chown', `${NOBODY}:${NOBODY}`, home]);
    const user = { user: NOBODY, env: { HOME: home } };
    // A checkout below a directory of root's own cannot be examined this way.
    if (attempt(ost, ['--version'], user).code !== 0) return;
    const repo = join(home, 'repo');
    run(reference, ['init', `--repo=${repo}`, '--mode=archive'], user);
    const ours = refuse(repo, ['commit', `--repo=${repo}`, '-b', 'main', source], user);
    const theirs = attempt(reference, ['commit', `--repo=${repo}`, '-b', 'main', source], user);
    // libostree names the file alone, ost its path.
    expect(ours.stderr.replace(`${source}/`, '')).toBe(theirs.stderr);
    refuse(repo, ['commit', `--repo=${repo}`, '-b', 'main', join(dir, 'no')], user);
    refuse(model, ['commit', `--repo=${model}`, '-b', 'main', source], user);
  });
});

describe('a disk that is full', () => {
  const mount = join(dir, 'small');
  let mounted = false;

  beforeAll(() => {
    mkdirSync(mount);
    mounted = isRoot && execute(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mount]).code === 0;
    if (!mounted) console.log('interop: skipped: a full disk (cannot mount)');
  });

  afterAll(() => {
    if (mounted) execute(['umount', '-l', mount]);
  });

  it('is an error, and the repository stays good', ({ skip }) => {
    skip(!mounted);
    const repo = join(mount, 'repo');
    run(reference, ['init', `--repo=${repo}`, '--mode=archive']);
    run(reference, ['config', `--repo=${repo}`, 'set', 'core.min-free-space-percent', '0']);
    const little = join(dir, 'little');
    mkdirSync(little);
    writeFileSync(join(little, 'file'), 'little\n');
    commit(ost, repo, '-b', 'main', '--no-xattrs', little);
    const much = join(dir, 'much');
    mkdirSync(much);
    for (let i = 0; i < 40; i++) writeFileSync(join(much, `noise-${i}`), noise(200_000, i + 1));
    refuse(repo, ['commit', `--repo=${repo}`, '-b', 'main', '--no-xattrs', much]);
    const source = init(reference, join(dir, 'source'), 'archive');
    commit(reference, source, '-b', 'main', '--no-xattrs', much);
    refuse(repo, ['pull-local', `--repo=${repo}`, source, 'main']);
    expect(complaints(repo)).toEqual([]);
    // The next command has room again.
    writeFileSync(join(little, 'file'), 'other\n');
    commit(ost, repo, '-b', 'main', '--no-xattrs', little);
    expect(complaints(repo)).toEqual([]);
    expect(leftovers(repo)).toEqual([]);
  });
});
