import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listing } from '../src/listing.js';
import { type Program, ost, programs, reference } from '../src/programs.js';
import { commit, complaints, init, TIMESTAMP } from '../src/repos.js';
import { attempt, run } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';
import { SELINUX_PATHS, selinuxRoot } from '../src/selinux-policy.js';

const dir = scratch('selinux');
const tree = join(dir, 'tree');
const root = join(dir, 'root');

beforeAll(() => {
  for (const name of SELINUX_PATHS) {
    const path = join(tree, name.replace(/[@/]$/, ''));
    mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith('/')) mkdirSync(path, { recursive: true });
    else if (name.endsWith('@')) symlinkSync('target', path);
    else writeFileSync(path, `${name}\n`);
  }
  selinuxRoot(root);
  selinuxRoot(join(dir, 'permissive'), 'Permissive');
  selinuxRoot(join(dir, 'disabled'), 'disabled');
});

const CASES: readonly (readonly [name: string, args: () => readonly string[]])[] = [
  ['--selinux-policy', () => [`--selinux-policy=${root}`, tree]],
  ['a permissive policy', () => [`--selinux-policy=${join(dir, 'permissive')}`, tree]],
  ['a policy that is switched off', () => [`--selinux-policy=${join(dir, 'disabled')}`, tree]],
  ['a root without a policy', () => [`--selinux-policy=${tree}`, tree]],
  ['no such root', () => [`--selinux-policy=${join(dir, 'nowhere')}`, tree]],
  ['--no-xattrs', () => [`--selinux-policy=${root}`, '--no-xattrs', tree]],
  ['--canonical-permissions', () => [`--selinux-policy=${root}`, '--canonical-permissions', tree]],
  ['over a labelled ref', () => [`--selinux-policy=${root}`, '--tree=ref=plain', `--tree=dir=${root}`]],
  ['-P with a directory', () => ['-P', `--tree=dir=${root}`, `--tree=dir=${tree}`]],
  ['-P with a directory that has none', () => ['-P', `--tree=dir=${tree}`, `--tree=dir=${root}`]],
  ['-P with a ref', () => ['-P', '--tree=ref=policy', `--tree=dir=${tree}`]],
  ['-P with --base', () => ['-P', '--base=policy', `--tree=dir=${tree}`]],
  ['-P with a path', () => ['-P', root]],
  ['-P with tar', () => ['-P', '--tree=tar=absent.tar']],
  ['both policies', () => ['-P', `--selinux-policy=${root}`, tree]],
];

describe.each(['archive', 'bare-user'])('labels in commits into %s', (mode) => {
  const repos = new Map<Program, string>();
  beforeAll(() => {
    for (const program of programs) {
      const repo = init(program, join(dir, `${mode}-${program.name}`), mode);
      repos.set(program, repo);
      commit(program, repo, '-b', 'policy', root);
      commit(program, repo, '-b', 'plain', tree);
    }
  });

  it.for(CASES)('%s', ([, args], { skip }) => {
    const branch = fresh('branch');
    const [ours, theirs] = programs.map((program) => {
      const repo = `--repo=${repos.get(program) ?? ''}`;
      const { code, stdout, stderr } = attempt(program, ['commit', repo, TIMESTAMP, '-b', branch, ...args()]);
      const labels = code === 0 ? run(reference, ['ls', repo, '-RX', branch]) : '';
      return { code, stdout, stderr, labels };
    });
    skip(ours?.stderr.includes('is not supported yet') ?? false, ours?.stderr.trim());
    expect(ours).toEqual(theirs);
  });

  it('leaves sound repositories', () => {
    for (const repo of repos.values()) expect(complaints(repo)).toEqual([]);
  });
});

it('labels only directories of a bare-user-only repository, and keeps it sound', () => {
  const repo = init(ost, join(dir, 'bare-user-only'), 'bare-user-only');
  commit(ost, repo, '-b', 'main', `--selinux-policy=${root}`, tree);
  expect(complaints(repo)).toEqual([]);
  expect(run(reference, ['ls', `--repo=${repo}`, '-X', 'main', '/usr'])).toContain('system_u:object_r:usr_t:s0');
  expect(run(reference, ['ls', `--repo=${repo}`, '-X', 'main', '/two'])).toContain('@a(ayay) []');
});

it.runIf(isRoot)('recognises labelled files by their inodes', () => {
  const repo = init(ost, join(dir, 'bare'), 'bare');
  const labelled = commit(ost, repo, '-b', 'main', `--selinux-policy=${root}`, tree);
  const [ours, theirs] = programs.map((program) => {
    const out = join(dir, fresh('out'));
    run(program, ['checkout', `--repo=${repo}`, '-H', labelled, out]);
    const words = ['--link-checkout-speedup', '--table-output', '--no-bindings', '--parent=none', '-b', 'again'];
    const table = run(program, ['commit', `--repo=${repo}`, TIMESTAMP, ...words, `--selinux-policy=${root}`, out]);
    // The second program finds the commit of the first.
    return table.replace(/Metadata Written: .*/, '');
  });
  expect(ours).toEqual(theirs);
});

describe.runIf(isRoot)('labels of checkouts', () => {
  // Every path has a label here: without one the reference crashes.
  const everything = join(dir, 'everything');
  const repo = join(dir, 'checkouts');
  beforeAll(() => {
    selinuxRoot(everything);
    const local = join(everything, 'usr/etc/selinux/example/contexts/files/file_contexts.local');
    writeFileSync(local, '/var/none(/.*)? system_u:object_r:local_t:s0\n');
    init(ost, repo, 'bare-user');
    commit(ost, repo, '-b', 'labelled', `--selinux-policy=${root}`, tree);
    commit(ost, repo, '-b', 'plain', tree);
  });

  it.for([
    [],
    ['-U'],
    ['-C'],
    ['--selinux-prefix=/usr'],
    ['--selinux-prefix=/usr/'],
    ['--subpath=/usr/lib'],
    ['--subpath=/usr/lib/libx.so'],
    ['--subpath=/usr', '--selinux-prefix=/odd'],
    ['--union'],
    ['-H'],
  ])('%j', (args) => {
    for (const rev of ['labelled', 'plain']) {
      const [ours, theirs] = programs.map((program) => {
        const out = join(dir, fresh('checkout'));
        const words = ['checkout', `--repo=${repo}`, `--selinux-policy=${everything}`, ...args, rev, out];
        const { code, stderr } = attempt(program, words);
        return { code, stderr, tree: code === 0 ? listing(out, { links: true }) : [] };
      });
      expect(ours).toEqual(theirs);
    }
  });
});
