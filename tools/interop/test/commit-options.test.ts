import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise, oddTree } from '../src/odd-tree.js';
import { type Program, ost, programs, reference } from '../src/programs.js';
import { commit, complaints, init, TIMESTAMP, tame } from '../src/repos.js';
import { attempt, run, sh } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';

const dir = scratch('commit-options');
const tree = join(dir, 'tree');
const overlay = join(dir, 'overlay');
const bootable = join(dir, 'bootable');
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

beforeAll(() => {
  oddTree(tree);
  mkdirSync(join(overlay, 'sub/new'), { recursive: true });
  writeFileSync(join(overlay, 'hello'), 'replaced\n');
  writeFileSync(join(overlay, 'sub/new/file'), 'added\n');
  symlinkSync('elsewhere', join(overlay, 'sub/link'));
  const modules = join(bootable, 'usr/lib/modules/5.10.0-test');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, 'vmlinuz'), 'kernel\n');
  writeFileSync(join(modules, 'initramfs.img'), 'initramfs\n');
  sh(['tar', '-C', dir, '-cf', join(dir, 'overlay.tar'), '--owner=7:7', '--group=8:8', '--mtime=@0', 'overlay']);
});

interface Case {
  readonly name: string;
  /** Arguments after `--repo`. */
  readonly args: () => readonly string[];
  /** A tree other than the odd one; null for none. */
  readonly tree?: string | null;
  /** Only in these modes. */
  readonly modes?: readonly string[];
  /** Both must refuse, with the same message. */
  readonly fails?: boolean;
}

const statoverride = (): string => file('statoverride', '+2048 /hello\n=384 /nothing\n+1024 /modes/dir-700\n');
const skipList = (): string => file('skip-list', '/sub\n/names/ascii\n/links/dangling\n');

const CASES: readonly Case[] = [
  { name: '--owner-uid --owner-gid', args: () => ['--owner-uid=42', '--owner-gid=43'] },
  { name: '--owner-uid alone', args: () => ['--owner-uid=4294967294'], fails: true },
  { name: '--owner-gid of zero', args: () => ['--owner-gid=0'] },
  { name: '--no-xattrs', args: () => ['--no-xattrs'] },
  { name: '--canonical-permissions', args: () => ['--canonical-permissions'] },
  {
    name: '--canonical-permissions --owner-uid',
    args: () => ['--canonical-permissions', '--owner-uid=9'],
    fails: true,
  },
  { name: '--statoverride', args: () => [`--statoverride=${statoverride()}`] },
  { name: '--skip-list', args: () => [`--skip-list=${skipList()}`] },
  {
    name: '--skip-list of what is not there',
    args: () => [`--skip-list=${file('absent-list', '/no\n/sub\n')}`],
    fails: true,
  },
  {
    name: '--statoverride of what is not there',
    args: () => [`--statoverride=${file('absent-o', '+1 /no\n')}`],
    fails: true,
  },
  { name: '--owner-uid of text', args: () => ['--owner-uid=root'], fails: true },
  { name: '--add-metadata that is no value', args: () => ['--add-metadata=k=[1'], fails: true },
  { name: '--timestamp that is no time', args: () => ['--timestamp=yesteryear'], fails: true },
  { name: '--keep-metadata that the parent lacks', args: () => ['--keep-metadata=no', '--parent=PARENT'], fails: true },
  { name: '--tree=ref of no ref', args: () => ['--tree=ref=no'], tree: null, fails: true },
  { name: '--tree of no directory', args: () => [`--tree=dir=${dir}/no`], tree: null, fails: true },
  { name: '--mode-ro-executables', args: () => ['--mode-ro-executables'] },
  { name: '--add-metadata-string', args: () => ['--add-metadata-string=a.b=c', '--add-metadata-string=ü=1=2 '] },
  {
    name: '--add-metadata-string with one key twice',
    args: () => ['--add-metadata-string=k=1', '--add-metadata-string=k=2'],
  },
  ...[
    'uint32 7',
    '@ay []',
    '[1, 2, 3]',
    "{'x': <@mu nothing>}",
    "b'bytes'",
    "(true, 1.5, 'ü')",
    '@as []',
    "objectpath '/a'",
  ].map((value): Case => ({ name: `--add-metadata=${value}`, args: () => [`--add-metadata=key=${value}`] })),
  {
    name: 'many keys of metadata',
    args: () => Array.from({ length: 40 }, (_, i) => `--add-metadata-string=key${i}=${i}`),
  },
  { name: '--add-detached-metadata-string', args: () => ['--add-detached-metadata-string=d=e'] },
  { name: '--bind-ref', args: () => ['--bind-ref=other/ref', '--bind-ref=another'] },
  { name: '--no-bindings', args: () => ['--no-bindings'] },
  { name: 'a subject and a body', args: () => ['-s', 'Sübject "quoted"', '-m', ' body\n\nof lines\n'] },
  { name: '--body-file', args: () => ['-F', file('body', 'First\nSecond\n\nThird')] },
  { name: '--tree=dir twice', args: () => [`--tree=dir=${tree}`, `--tree=dir=${overlay}`], tree: null },
  { name: '--tree=ref below a directory', args: () => ['--tree=ref=base', `--tree=dir=${overlay}`], tree: null },
  { name: '--tree=ref above a directory', args: () => [`--tree=dir=${overlay}`, '--tree=ref=base'], tree: null },
  { name: '--base', args: () => ['--base=base', `--tree=dir=${overlay}`], tree: null },
  {
    name: '--base alone with --owner-uid',
    args: () => ['--base=base', '--tree=ref=overlay', '--owner-uid=3'],
    tree: null,
  },
  {
    name: '--tree=tar of an archive without a root',
    args: () => [`--tree=tar=${join(dir, 'overlay.tar')}`],
    tree: null,
    fails: true,
  },
  {
    name: '--tree=tar over a ref',
    args: () => ['--tree=ref=base', `--tree=tar=${join(dir, 'overlay.tar')}`],
    tree: null,
  },
  {
    name: '--tar-autocreate-parents --tar-pathname-filter',
    args: () => [
      `--tree=tar=${join(dir, 'overlay.tar')}`,
      '--tar-autocreate-parents',
      '--tar-pathname-filter=^overlay/,a/b/',
    ],
    tree: null,
  },
  { name: '--bootable', args: () => ['--bootable'], tree: bootable },
  { name: '--parent of a checksum', args: () => [`--parent=${'ab'.repeat(32)}`] },
  { name: '--parent=none', args: () => ['--parent=none'] },
  { name: '--keep-metadata', args: () => ['--keep-metadata=kept', '--add-metadata-string=new=1', '--parent=PARENT'] },
  { name: '--generate-sizes', args: () => ['--generate-sizes'], modes: ['bare-user'] },
  { name: '--timestamp of seconds', args: () => ['--timestamp=@1234567890'] },
  ...['2005-10-29 12:43:29 +0000', '2012-02-03', '1 Jan 2000 00:00:00 +0200', '@0', '2021-06-07T08:09:10Z'].map(
    (time): Case => ({ name: `--timestamp=${time}`, args: () => [`--timestamp=${time}`] }),
  ),
  { name: '--orphan', args: () => ['--orphan'] },
  { name: '--orphan --branch', args: () => ['--orphan', '--branch=orphaned', '--bind-ref=more'] },
  { name: '--fsync=false', args: () => ['--fsync=false'] },
];

/** Standard output, and the message of a failure, which must be the same too. */
function commitCase(
  program: Program,
  repo: string,
  branch: string,
  { args, tree: source }: Case,
): Record<'stdout' | 'stderr' | 'show' | 'meta', string> & { code: number | null } {
  const words = args().map((word) =>
    word === '--parent=PARENT' ? `--parent=${run(reference, ['rev-parse', `--repo=${repo}`, 'parent']).trim()}` : word,
  );
  const time = words.some((word) => word.startsWith('--timestamp')) ? [] : ['--timestamp=2022-03-04 05:06:07 +0000'];
  const where = words.includes('--orphan') ? [] : ['-b', branch];
  const paths = source === null ? [] : [source ?? tree];
  const { code, stdout, stderr } = attempt(program, [
    'commit',
    `--repo=${repo}`,
    ...time,
    ...where,
    ...words,
    ...paths,
  ]);
  const sum = stdout.trim();
  const show = code === 0 ? run(reference, ['show', `--repo=${repo}`, '--raw', sum]) : '';
  const meta =
    code === 0 ? attempt(reference, ['show', `--repo=${repo}`, '--list-detached-metadata-keys', sum]).stdout : '';
  return { code, stdout, stderr, show, meta };
}

describe.each(['archive', 'bare-user'])('options of commit in %s', (mode) => {
  const repos = new Map<Program, string>();

  beforeAll(() => {
    for (const program of programs) {
      const repo = init(program, join(dir, `${mode}-${program.name}`), mode);
      repos.set(program, repo);
      commit(program, repo, '-b', 'base', tree);
      commit(program, repo, '-b', 'overlay', overlay);
      commit(program, repo, '-b', 'parent', '--add-metadata=kept=uint64 5', '--add-metadata-string=dropped=1', overlay);
    }
  });

  it.for(CASES.filter(({ modes }) => modes?.includes(mode) ?? true))('$name', (test, { skip }) => {
    const branch = fresh('case');
    const [ours, theirs] = programs.map((program) => commitCase(program, repos.get(program) ?? '', branch, test));
    skip(ours?.stderr.includes('is not supported yet') ?? false, ours?.stderr.trim());
    expect(ours).toEqual(theirs);
    expect(ours).toMatchObject({ code: test.fails === true ? 1 : 0 });
  });

  it('passes fsck after all of that', () => {
    for (const repo of repos.values()) expect(complaints(repo)).toEqual([]);
  });
});

describe('--generate-sizes in an archive', () => {
  /** Lines of `show --print-sizes` or entries without the archived size, which depends on the compressor. */
  const entries = (repo: string, rev: string): readonly string[] => {
    const raw = run(reference, ['show', `--repo=${repo}`, '--print-metadata-key=ostree.sizes', rev]);
    return [...raw.matchAll(/\[byte ([^\]]*)\]|\[((?:0x)[^\]]*)\]/g)].map(([, a, b]) =>
      (a ?? b ?? '').replace(/^byte /, ''),
    );
  };

  it('records the same objects', () => {
    const found = programs.map((program) => {
      const repo = init(program, join(dir, `sizes-${program.name}`), 'archive');
      commit(program, repo, '-b', 'main', '--generate-sizes', tree);
      const decoded = entries(repo, 'main').map((text) => {
        const bytes = text.split(',').map((byte) => Number(byte.trim()));
        const checksum = Buffer.from(bytes.slice(0, 32)).toString('hex');
        let at = 32;
        while ((bytes[at] ?? 0) >= 128) at++;
        return { checksum, rest: bytes.slice(at + 1) };
      });
      return decoded;
    });
    expect(found[0]?.length).toBeGreaterThan(20);
    expect(found[0]).toEqual(found[1]);
  });

  it('records the objects of a ref, too', () => {
    const found = programs.map((program) => {
      const repo = join(dir, `sizes-${program.name}`);
      return [[], ['--owner-uid=3']].map((more) => {
        commit(program, repo, '-b', 'from-ref', '--generate-sizes', '--tree=ref=main', ...more);
        return run(reference, ['show', `--repo=${repo}`, '--print-sizes', 'from-ref'])
          .split('\n')
          .slice(1);
      });
    });
    expect(found[0]).toEqual(found[1]);
  });

  it('gives the same checksum where nothing is left to the compressor', () => {
    const plain = join(dir, 'incompressible');
    mkdirSync(plain);
    for (let i = 1; i < 5; i++) writeFileSync(join(plain, `noise-${i}`), noise(20, i));
    const sums = programs.map((program) =>
      commit(program, join(dir, `sizes-${program.name}`), '-b', 'noise', '--generate-sizes', plain),
    );
    expect(sums[0]).toBe(sums[1]);
  });
});

describe.each(['bare-user', 'bare', 'bare-user-only'])('hard links into a %s repository', (mode) => {
  it.skipIf(mode === 'bare' && process.getuid?.() !== 0).each([
    ['--link-checkout-speedup', ['--link-checkout-speedup']],
    ['--devino-canonical', ['--devino-canonical']],
    ['--link-checkout-speedup --consume', ['--link-checkout-speedup', '--consume']],
    ['--link-checkout-speedup --owner-uid', ['--link-checkout-speedup', '--owner-uid=3']],
    ['-I --tree=dir --skip-list', ['-I', '--skip-list=']],
  ])('%s', (_name, options) => {
    const results = programs.map((program) => {
      const repo = init(program, join(dir, fresh(`links-${mode}`)), mode);
      commit(program, repo, '-b', 'main', ...tame(mode), tree);
      const copy = join(dir, fresh('copy'));
      // Each file is a link to its object.
      const user = mode === 'bare' ? [] : ['-U'];
      run(program, ['checkout', `--repo=${repo}`, '-H', ...user, 'main', copy]);
      rmSync(join(copy, 'hello'));
      writeFileSync(join(copy, 'hello'), 'changed\n');
      const words = [...options.map((word) => (word === '--skip-list=' ? word + skipList() : word)), ...tame(mode)];
      const { code, stdout, stderr } = attempt(program, [
        'commit',
        `--repo=${repo}`,
        TIMESTAMP,
        '-b',
        'main',
        ...words,
        copy,
      ]);
      expect(complaints(repo)).toEqual([]);
      // Which unmatched path comes first is a matter of hashing.
      return { code, stdout, stderr: stderr.split('\n').sort() };
    });
    expect(results[0]).toEqual(results[1]);
  });
});

it('--skip-if-unchanged', () => {
  const results = programs.map((program) => {
    const repo = init(program, join(dir, fresh('unchanged')), 'archive');
    const first = commit(program, repo, '-b', 'main', overlay);
    const second = commit(program, repo, '-b', 'main', '--skip-if-unchanged', overlay);
    const third = commit(program, repo, '-b', 'main', '--skip-if-unchanged', bootable);
    return [first, second, third];
  });
  expect(results[0]).toEqual(results[1]);
});

it('--table-output', () => {
  const results = programs.map((program) => {
    const repo = init(program, join(dir, fresh('table')), 'bare-user');
    return [0, 1].map(() => commit(program, repo, '-b', 'main', '--table-output', overlay));
  });
  expect(results[0]).toEqual(results[1]);
});

it('--orphan leaves no ref', () => {
  const repo = init(ost, join(dir, fresh('orphan')), 'archive');
  const sum = commit(ost, repo, '--orphan', overlay);
  expect(run(reference, ['refs', `--repo=${repo}`])).toBe('');
  expect(run(reference, ['show', `--repo=${repo}`, sum])).toContain(sum);
});
