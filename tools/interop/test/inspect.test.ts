import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { oddTree } from '../src/odd-tree.js';
import { ost, programs, reference } from '../src/programs.js';
import { commit, complaints, init, MODES, tame } from '../src/repos.js';
import { attempt, run } from '../src/run.js';
import { scratch } from '../src/scratch.js';

const dir = scratch('inspect');
const tree = join(dir, 'tree');
const other = join(dir, 'other');
const COLLECTION = 'org.example.Collection';

beforeAll(() => {
  oddTree(tree);
  oddTree(other);
  writeFileSync(join(other, 'hello'), 'changed\n');
  writeFileSync(join(other, 'added'), 'added\n');
  mkdirSync(join(other, 'hello-dir/below'), { recursive: true });
});

const META = ['--add-metadata=numbers=[1, 2, 3]', '--add-metadata-string=text=ü "quoted"', '--generate-sizes'];

/** What is asked of every repository; `SUM` is the first commit. */
const QUESTIONS: readonly string[] = [
  'ls -R -C -X main',
  'ls -R main',
  'ls -d main /sub',
  'ls main /hello /names',
  'ls -C main /no',
  'ls --nul-filenames-only -R main',
  'ls SUM',
  'ls nothing',
  'cat main /hello /names/日本語',
  'cat main /sub',
  'cat main /no',
  'show main',
  'show SUM',
  'show --raw main',
  'show --print-related main',
  'show --list-metadata-keys main',
  'show --print-metadata-key=numbers main',
  'show --print-metadata-key=text main',
  'show --print-metadata-key=none main',
  'show --print-metadata-key=numbers --print-hex main',
  'show --list-detached-metadata-keys main',
  'show --print-detached-metadata-key=detached main',
  'show nothing',
  'show 00',
  'log main',
  'log --raw main',
  'log SUM',
  'log nothing',
  'rev-parse main',
  'rev-parse main^',
  'rev-parse main^^',
  'rev-parse main^^^',
  'rev-parse -S main',
  'rev-parse with/slash SUM',
  'rev-parse SHORT',
  'rev-parse nothing',
  'rev-parse a//b',
  'refs',
  'refs --list',
  'refs -r',
  'refs with',
  'refs --list with',
  'refs with/slash',
  'refs -A',
  'refs -c',
  'refs nothing',
  'diff main^ main',
  'diff main',
  'diff --stats main^ main',
  'diff --fs-diff main^ main',
  'diff --no-xattrs main^ main',
  'diff main main',
  'diff main nothing',
  'summary -v',
  'summary --view --list-metadata-keys',
  'summary --list-metadata-keys',
  'summary --print-metadata-key=ostree.summary.last-modified',
  'summary --print-metadata-key=made-here',
  'summary --print-metadata-key=none',
  'summary --raw',
  'config get core.mode',
  'config get core.no-such',
  'config get nothing.here',
  'fsck',
  'fsck --quiet',
  'fsck -a',
  'fsck --verify-bindings',
  'fsck --verify-back-refs',
  'remote list',
  'remote list -u',
  'remote show-url origin',
  'remote show-url nothing',
  'remote refs nothing',
  'static-delta list',
];

/** The order of these is that of a directory or of a hash table. */
const UNORDERED = /^(refs|summary --(view --)?list|remote list|log nothing)/;

/** What both write is the same (see the suite of commits), so each mode is written by one of them. */
const WRITERS = MODES.map((mode, i) => ({
  mode,
  writer: i % 2 === 0 ? ost : reference,
  by: i % 2 === 0 ? 'ost' : 'reference',
}));

/** Lines of progress depend on time, and the first of several faults on hashing. */
const settle = (text: string): string =>
  text
    .replaceAll(/^fsck objects .*\n/gm, '')
    .replaceAll(/no requested ref ‘.*’/g, 'no requested ref')
    .replaceAll(/error: .* in bindings for commit [0-9a-f]+/g, 'error: bindings')
    .replaceAll(/error: Commit [0-9a-f]+: /g, 'error: Commit: ');

describe.each(WRITERS)('looking into a repository $mode by $by', ({ mode, writer }) => {
  const repo = join(dir, `${mode}-${writer.name}`);
  let sum = '';

  beforeAll(() => {
    init(writer, repo, mode, `--collection-id=${COLLECTION}`);
    sum = commit(writer, repo, '-b', 'main', '-s', 'First', '-m', 'Body\n\nof ü', ...tame(mode), tree);
    run(writer, ['refs', `--repo=${repo}`, '--create=with/slash', 'main']);
    run(writer, ['refs', `--repo=${repo}`, '--create=with/other', 'main']);
    run(writer, ['refs', `--repo=${repo}`, '-A', '--create=alias', 'with/slash']);
    commit(
      writer,
      repo,
      '-b',
      'main',
      '-s',
      'Second',
      '--add-detached-metadata-string=detached=ü',
      ...META,
      ...tame(mode),
      other,
    );
    commit(writer, repo, '-b', 'main', '--timestamp=@1700000000', ...META, '-m', 'only a body', ...tame(mode), other);
    run(writer, ['remote', `--repo=${repo}`, 'add', '--no-gpg-verify', 'origin', 'http://example.com/repo']);
    run(writer, ['remote', `--repo=${repo}`, 'add', '--set=gpg-verify=false', 'second', 'file:///no/where']);
    run(writer, ['summary', `--repo=${repo}`, '-u', '--add-metadata=made-here=uint32 7']);
  });

  it('passes fsck by both', () => {
    expect(complaints(repo)).toEqual([]);
  });

  it.for(QUESTIONS)('%s', (question, { skip }) => {
    const words = question.split(' ').map((word) => word.replace('SUM', sum).replace('SHORT', sum.slice(0, 9)));
    const [ours, theirs] = [ost, reference].map((program) => {
      const { code, stdout, stderr } = attempt(program, [words[0] ?? '', `--repo=${repo}`, ...words.slice(1)]);
      const lines = settle(stdout).split('\n');
      const errors = settle(stderr.includes('Usage:') ? stderr.slice(stderr.indexOf('error:')) : stderr);
      return { code, lines: UNORDERED.test(question) ? lines.sort() : lines, errors };
    });
    skip(theirs?.errors.includes('error: Unknown option') ?? false, 'the reference is too old');
    expect(ours).toEqual(theirs);
  });
});

describe('checksum of files', () => {
  it.each(['hello', 'nothing', 'links/dangling', 'modes/file-4755', 'xattrs/file', 'sub', 'large'])('%s', (name) => {
    for (const options of [[], ['--ignore-xattrs']]) {
      const [ours, theirs] = programs.map((program) => {
        const { code, stdout, stderr } = attempt(program, ['checksum', ...options, join(tree, name)]);
        return { code, stdout, stderr };
      });
      expect(ours).toEqual(theirs);
    }
  });
});

describe('diff against a directory', () => {
  it('is the same', () => {
    const repo = init(ost, join(dir, 'diff'), 'bare-user');
    commit(ost, repo, '-b', 'main', tree);
    for (const args of [
      ['main', other],
      [tree, other],
      ['--owner-uid=0', 'main', other],
    ]) {
      const [ours, theirs] = programs.map((program) => {
        const { code, stdout } = attempt(program, ['diff', `--repo=${repo}`, ...args]);
        return { code, lines: stdout.split('\n').sort() };
      });
      expect(ours).toEqual(theirs);
    }
  });
});
