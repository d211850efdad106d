import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listing } from '../src/listing.js';
import { oddTree } from '../src/odd-tree.js';
import { type Program, ost, programs, reference } from '../src/programs.js';
import { commit, init, MODES, tame } from '../src/repos.js';
import { attempt } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';

const dir = scratch('checkout');
const tree = join(dir, 'tree');
const layer = join(dir, 'layer');

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

beforeAll(() => {
  oddTree(tree);
  write(join(layer, 'sub/.wh.same-as-hello'), '');
  write(join(layer, 'names/.wh..wh..opq'), '');
  write(join(layer, 'names/only'), 'opaque\n');
  write(join(layer, 'sub/deep/.ostree-wh.zeroes'), '');
  write(join(layer, 'plain'), 'plain\n');
  write(join(dir, 'skip'), '/sub/deep\n/links\n/hello\n');
  write(join(dir, 'absent'), '/not/there\n');
  write(join(dir, 'from'), 'main\0/sub\0main\0/names\0');
});

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Which directory is there already: a part of the tree, the tree, one that conflicts, or the whole made by checkout. */
  readonly over?: 'conflict' | 'checkout';
  readonly rev?: string;
}

const CASES: readonly Case[] = [
  { name: 'plain', args: [] },
  { name: '-U', args: ['-U'] },
  { name: '-H', args: ['-H'] },
  { name: '-U -H', args: ['-U', '-H'] },
  { name: '-C', args: ['-C'] },
  { name: '-U -C', args: ['-U', '-C'] },
  { name: '-M', args: ['-M'] },
  { name: '-U -M', args: ['-U', '-M'] },
  { name: '-U --disable-cache', args: ['-U', '--disable-cache'] },
  { name: '-U --subpath of a directory', args: ['-U', '--subpath=/sub/deep'] },
  { name: '-U --subpath of a file', args: ['-U', '--subpath=/hello'] },
  { name: '-U --subpath of nothing', args: ['-U', '--subpath=/no'] },
  { name: '-U --subpath of nothing --allow-noent', args: ['-U', '--subpath=/no', '--allow-noent'] },
  { name: '-U --skip-list', args: ['-U', `--skip-list=${join(dir, 'skip')}`] },
  { name: '-U --skip-list of nothing', args: ['-U', `--skip-list=${join(dir, 'absent')}`] },
  { name: '-U where something is', args: ['-U'], over: 'conflict' },
  { name: '-U --union where something is', args: ['-U', '--union'], over: 'conflict' },
  { name: '-U --union-add where something is', args: ['-U', '--union-add'], over: 'conflict' },
  { name: '-U --union-identical -H where something is', args: ['-U', '--union-identical', '-H'], over: 'conflict' },
  { name: '-U --union twice', args: ['-U', '--union'], over: 'checkout' },
  { name: '-U --union-add twice', args: ['-U', '--union-add'], over: 'checkout' },
  { name: '-U --union-identical -H twice', args: ['-U', '--union-identical', '-H'], over: 'checkout' },
  { name: '-U --union-identical without -H', args: ['-U', '--union-identical'] },
  { name: '-U --union --union-add', args: ['-U', '--union', '--union-add'] },
  { name: '-U --union --whiteouts', args: ['-U', '--union', '--whiteouts'], over: 'checkout', rev: 'layer' },
  { name: '--union --whiteouts', args: ['--union', '--whiteouts'], over: 'checkout', rev: 'layer' },
  { name: '--process-passthrough-whiteouts', args: ['--process-passthrough-whiteouts'], rev: 'layer' },
  { name: '-U --process-passthrough-whiteouts', args: ['-U', '--process-passthrough-whiteouts'], rev: 'layer' },
  { name: '-U --from-file', args: ['-U', '--union', `--from-file=${join(dir, 'from')}`], rev: '' },
  { name: '-U of no ref', args: ['-U'], rev: 'nothing' },
];

/** Makes the case's directory with one program's checkout; what came of it. */
function checkoutCase(program: Program, repo: string, { args, over, rev = 'main' }: Case): object {
  const target = join(dir, fresh('checkout'));
  if (over === 'conflict') {
    write(join(target, 'hello'), 'in the way\n');
    write(join(target, 'sub/deep/mine'), 'mine\n');
    write(join(target, 'sub/same-as-hello'), 'hello, world\n');
  }
  const user = args.includes('-U') ? ['-U'] : [];
  if (over === 'checkout') attempt(reference, ['checkout', `--repo=${repo}`, ...user, 'main', target]);
  const words = ['checkout', `--repo=${repo}`, ...args, ...(rev === '' ? [] : [rev]), target];
  const { code, stdout, stderr } = attempt(program, words, { env: { TZ: 'UTC' } });
  const text = (stdout + stderr).replaceAll(target, 'TARGET').replaceAll(/tmp-\w+|\.tmp\w+/g, 'TMP');
  const errors = text.includes('Usage:') ? text.slice(text.indexOf('error:')) : text;
  // After a failure the order of the work shows; only success promises a tree.
  const tree = code === 0 ? attemptListing(target) : [];
  return { code, errors, tree };
}

function attemptListing(path: string): readonly string[] {
  try {
    return listing(path, { times: false, links: true });
  } catch (error) {
    return [`no tree: ${String(error).includes('ENOENT') ? 'absent' : String(error)}`];
  }
}

/** What both write is the same (see the suite of commits), so each mode is written by one of them. */
const WRITERS = MODES.map((mode, i) => ({
  mode,
  writer: i % 2 === 0 ? reference : ost,
  by: i % 2 === 0 ? 'reference' : 'ost',
}));

describe.each(WRITERS)('checkout from a repository $mode by $by', ({ mode, writer }) => {
  const repo = join(dir, `${mode}-${writer.name}`);

  beforeAll(() => {
    init(writer, repo, mode);
    commit(writer, repo, '-b', 'main', ...tame(mode), tree);
    commit(writer, repo, '-b', 'layer', ...tame(mode), layer);
  });

  const needsRoot = ({ args }: Case): boolean => !args.includes('-U') && mode !== 'bare-user-only';
  it.for(CASES.filter((test) => isRoot || !needsRoot(test)))('$name', (test) => {
    // One program after the other on the same files: hard links must not change what the second finds.
    const [ours, theirs] = [ost, reference].map((program) => checkoutCase(program, repo, test));
    expect(ours).toEqual(theirs);
  });
});

it('a checkout has the times that hard links need', () => {
  const repo = init(ost, join(dir, 'times'), 'bare-user');
  commit(ost, repo, '-b', 'main', tree);
  const found = programs.map((program) => {
    const target = join(dir, fresh('times'));
    attempt(program, ['checkout', `--repo=${repo}`, '-U', 'main', target]);
    // What is made now has the time of now, which is not the same for both.
    return listing(target, { times: true }).map((line) => line.replace(/ \d{10}$/, ' now'));
  });
  expect(found[0]).toEqual(found[1]);
});
