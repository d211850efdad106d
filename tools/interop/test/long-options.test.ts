import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasGpg, makeKey, type SigningKey } from '../src/gpg.js';
import { listing } from '../src/listing.js';
import { oddTree } from '../src/odd-tree.js';
import { type Program, programs, reference } from '../src/programs.js';
import { commit, init, objects, refFiles, TIMESTAMP } from '../src/repos.js';
import { attempt, run, type RunOptions } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('long');
const tree = join(dir, 'tree');
const repo = join(dir, 'repo');

beforeAll(() => {
  oddTree(tree);
  init(reference, repo, 'bare-user', '--collection-id=org.example.Long');
  commit(reference, repo, '--branch=main', '--subject=One', '--body=Body', tree);
  run(reference, ['refs', `--repo=${repo}`, '--alias', '--create=alias', 'main']);
  run(reference, ['summary', `--repo=${repo}`, '--update']);
});

interface Seen {
  readonly code: number | null;
  readonly stdout: string;
  readonly errors: string;
  readonly files: readonly string[];
}

/** What a program says and leaves; DIR stands for a directory of its own. */
function outcome(program: Program, words: readonly string[], options: RunOptions = {}): Seen {
  const own = join(dir, fresh('own'));
  mkdirSync(own);
  const { code, stdout, stderr } = attempt(
    program,
    words.map((word) => word.replace('DIR', own)),
    options,
  );
  const errors = stderr.includes('Usage:') ? stderr.slice(stderr.indexOf('error:')) : stderr;
  return {
    code,
    stdout,
    errors: errors.replaceAll(own, 'DIR'),
    files: listing(own, { times: false, links: true }),
  };
}

/** Spelled out: the other suites use the short forms. */
const READING: readonly string[] = [
  'checkout --user-mode main DIR/out',
  'checkout --user-mode --require-hardlinks main DIR/out',
  'checkout --user-mode --force-copy main DIR/out',
  'checkout --user-mode --bareuseronly-dirs main DIR/out',
  'checkout --user-mode --fsync=yes main DIR/out',
  'checkout --user-mode --fsync=perhaps main DIR/out',
  'checkout --user-mode --selinux-prefix=/usr main DIR/out',
  'refs --alias',
  'refs --collections',
  'refs --collections org.example.Long',
  'refs --collections none',
  'refs --collections --delete none',
  'refs --collections --create=none main',
  'checkout --user-mode --force-copy-zerosized main DIR/out',
  'refs --delete nothing',
  'refs --delete main',
  'refs --alias --create=origin:other main',
  'refs --alias --create=other nothing',
  'refs --create=main main',
  'refs --create=main/below main',
  'refs --create=one two three',
  'refs --create=one',
  'rev-parse --single',
  'show --no-byteswap main',
  'show --no-byteswap --print-metadata-key=ostree.ref-binding main',
  'ls --recursive --checksum --xattrs main',
  'ls --dironly main',
  'export --output=DIR/tar main',
  'export --no-xattrs --subpath=/sub --prefix=p/ --output=DIR/tar main',
];

it.each(READING)('%s', (line) => {
  const [command = '', ...words] = line.split(' ');
  const [ours, theirs] = programs.map((program) => {
    const seen = outcome(program, [command, `--repo=${repo}`, ...words]);
    // `export` makes hard links, as newer versions do; the order of refs is that of a hash table.
    if (command === 'export') return { ...seen, files: [] };
    return command === 'refs' ? { ...seen, stdout: seen.stdout.split('\n').sort() } : seen;
  });
  expect(ours).toEqual(theirs);
});

it.each([
  ['commit', '(a{sv}aya(say)sstayay)'],
  ['dirtree', '(a(say)a(sayay))'],
  ['dirmeta', '(uuua(ayay))'],
  ['dirmeta', 'ay'],
])('show --print-variant-type of a %s as %s', (extension, type) => {
  const file = join(repo, objects(repo).find((name) => name.endsWith(`.${extension}`)) ?? '');
  const [ours, theirs] = programs.map((program) =>
    outcome(program, ['show', `--repo=${repo}`, `--print-variant-type=${type}`, file]),
  );
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject({ code: 0 });
});

it('checkout --from-stdin', () => {
  const input = 'main\0/sub\0main\0/names\0';
  const words = ['checkout', `--repo=${repo}`, '--user-mode', '--union', '--from-stdin', 'DIR/out'];
  const [ours, theirs] = programs.map((program) => outcome(program, words, { input }));
  expect(ours).toEqual(theirs);
});

describe('commit --editor', () => {
  const script = join(dir, 'editor');

  it.each([
    ['a message', 'printf "Subject\\n\\nBody\\n# gone\\n\\nmore \\n\\n" > "$1"'],
    ['no message', 'printf "# nothing\\n\\n" > "$1"'],
    ['what was there', ':'],
    ['a failure', 'exit 3'],
  ])('with %s', (_name, body) => {
    writeFileSync(script, `#!/bin/sh\ncp "$1" "$TEMPLATE"\n${body}\n`);
    chmodSync(script, 0o755);
    const found = programs.map((program) => {
      const target = init(program, join(dir, fresh('editor')), 'archive');
      const template = join(dir, fresh('template'));
      const env = { OSTREE_EDITOR: script, TEMPLATE: template, TERM: 'vt100' };
      const words = [TIMESTAMP, '--branch=main', '--editor', '--subject=Given', '--body=Ignored', tree];
      const { code, stdout, stderr } = attempt(program, ['commit', `--repo=${target}`, ...words], { env });
      // The explanation is in each program's own words, and so is the temporary file's name.
      const lines = readFileSync(template, 'utf8').split('\n');
      const shown = lines.filter((line) => !line.startsWith('#') || line.includes('Branch'));
      return { code, stdout, stderr: stderr.split("'")[0], shown };
    });
    expect(found[0]).toEqual(found[1]);
  });
});

it.each([['--consume'], ['--consume', '--canonical-permissions'], ['--consume', '--skip-list=LIST']])(
  'commit %s %s leaves the same',
  (...options) => {
    writeFileSync(join(dir, 'list'), '/sub\n/hello\n');
    const found = programs.map((program) => {
      const target = init(program, join(dir, fresh('consume')), 'bare-user-only');
      const source = join(dir, fresh('source'));
      oddTree(source);
      const words = options.map((word) => word.replace('LIST', join(dir, 'list')));
      const { code, stdout, stderr } = attempt(program, [
        'commit',
        `--repo=${target}`,
        TIMESTAMP,
        '-b',
        'main',
        ...words,
        source,
      ]);
      const { code: left } = attempt(reference, ['checksum', source]);
      return { code, stdout, stderr, left, objects: objects(target) };
    });
    expect(found[0]).toEqual(found[1]);
  },
);

describe('pull-local', () => {
  let key: SigningKey;
  const source = join(dir, 'source');

  beforeAll(() => {
    init(reference, source, 'archive');
    commit(reference, source, '-b', 'unbound', '--no-bindings', '--bind-ref=other', tree);
    commit(reference, source, '-b', 'bound/elsewhere', tree);
    run(reference, ['refs', `--repo=${source}`, '--create=moved', 'bound/elsewhere']);
    if (!hasGpg) return;
    key = makeKey(join(dir, 'k'), 'Signer');
    const sign = [`--gpg-sign=${key.id}`, `--gpg-homedir=${key.home}`];
    commit(reference, source, '-b', 'signed', ...sign, tree);
    run(reference, ['summary', `--repo=${source}`, '--update', ...sign]);
  });

  /** The source comes before the refs. */
  const pullWords = (target: string, words: readonly string[]): readonly string[] => {
    const refs = words.filter((word) => !word.startsWith('-'));
    return ['pull-local', `--repo=${target}`, ...words.filter((word) => word.startsWith('-')), source, ...refs];
  };

  it.each([
    ['moved'],
    ['--disable-verify-bindings', 'moved'],
    ['--disable-fsync', 'unbound'],
    ['--require-static-deltas', 'unbound'],
    ['--gpg-verify', 'signed'],
    ['--gpg-verify', '--remote=origin', 'signed'],
    ['--gpg-verify', '--remote=origin', 'unbound'],
    ['--gpg-verify-summary', '--remote=origin', 'signed'],
    ['--gpg-verify-summary', '--remote=unknown', 'signed'],
    ['--gpg-verify', '--gpg-verify-summary', '--remote=origin', 'signed'],
  ])('%s %s %s', (...words) => {
    if (!hasGpg && words.join().includes('gpg')) return;
    const found = programs.map((program) => {
      const target = init(program, join(dir, fresh('pulled')), 'archive');
      if (hasGpg) {
        const add = ['remote', 'add', `--repo=${target}`, `--gpg-import=${key.publicKey}`];
        run(reference, [...add, 'origin', `file://${source}`]);
      }
      const { code, stderr } = attempt(program, pullWords(target, words));
      return { code, stderr, refs: refFiles(target), objects: code === 0 ? objects(target) : [] };
    });
    expect(found[0]).toEqual(found[1]);
  });
});
