import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing } from '../src/listing.js';
import { noise } from '../src/odd-tree.js';
import { ost, type Program, reference } from '../src/programs.js';
import { commit, init } from '../src/repos.js';
import { attempt, run, sh } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';
import { osTree } from '../src/system.js';

const dir = scratch('etc');
const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };
const SEEDS = Array.from({ length: 24 }, (_, i) => [i + 1]);
const NAMES = ['a', 'b', 'c', 'd', 'dir/e', 'dir/f', 'dir/deep/g', 'other/h'];

type Random = (below: number) => number;

/** Puts something at a path, or takes away what is there. What stands in the way goes. */
function put(root: string, name: string, random: Random): void {
  const path = join(root, name);
  const kind = random(6);
  rmSync(path, { recursive: true, force: true });
  if (kind === 0) return;
  const parents = name.split('/').slice(0, -1);
  parents.forEach((_, i) => {
    const parent = join(root, ...parents.slice(0, i + 1));
    if (sh(['sh', '-c', 'test -d "$1" -a ! -L "$1" || echo other', 'sh', parent]) !== '')
      rmSync(parent, { force: true });
    mkdirSync(parent, { recursive: true });
  });
  if (kind === 1) symlinkSync(`to-${random(2)}`, path);
  else if (kind === 2) {
    mkdirSync(path, { mode: 0o755 });
    if (random(2) === 0) writeFileSync(join(path, 'inside'), `${random(2)}`);
  } else {
    writeFileSync(path, `content ${random(3)}\n`);
    chmodSync(path, random(4) === 0 ? 0o600 : 0o644);
  }
}

/** Changes some of the names; the same seed changes the same. */
function change(root: string, seed: number, most: number): void {
  const bytes = noise(256, seed);
  let at = 0;
  const random: Random = (below) => (bytes[at++ % bytes.length] ?? 0) % below;
  for (let i = 0; i < most; i++) put(root, NAMES[random(NAMES.length)] ?? '', random);
}

describe.skipIf(!isRoot)('the merge of /etc', () => {
  it.each(SEEDS)('comes to the same for random changes, number %i', (seed) => {
    const at = join(dir, fresh('case'));
    mkdirSync(at);
    const [origin, tree, theirs, ours] = ['origin', 'tree', 'theirs', 'ours'].map((name) => join(at, name)) as [
      string,
      string,
      string,
      string,
    ];
    init(ost, origin, 'archive');
    sh(['cp', '-a', osTree(at, 1), tree]);
    const publish = (time: number) =>
      commit(ost, origin, '-b', 'os', '--owner-uid=0', '--owner-gid=0', `--timestamp=@${time}`, tree);
    const deploy = (program: Program, root: string) => {
      run(reference, ['pull-local', `--repo=${root}/ostree/repo`, '--remote=origin', origin, 'os']);
      return attempt(program, ['admin', `--sysroot=${root}`, 'deploy', '--os=test', 'origin:os'], { env });
    };
    change(join(tree, 'usr/etc'), seed, 8);
    publish(1_600_000_000);
    mkdirSync(theirs);
    run(reference, ['admin', 'init-fs', '--modern', theirs]);
    run(reference, ['admin', `--sysroot=${theirs}`, 'os-init', 'test']);
    run(reference, ['config', `--repo=${theirs}/ostree/repo`, 'set', 'sysroot.bootloader', 'none']);
    expect(deploy(reference, theirs).code).toBe(0);
    sh(['cp', '-a', theirs, ours]);

    change(join(tree, 'usr/etc'), seed + 1000, 4);
    publish(1_600_000_100);
    const results = [
      [reference, theirs],
      [ost, ours],
    ].map(([program, root]) => {
      const deployments = join(root as string, 'ostree/deploy/test/deploy');
      const first = readdirSync(deployments).filter((name) => !name.endsWith('.origin'));
      change(join(deployments, first[0] ?? '', 'etc'), seed + 2000, 4);
      const { code, stderr } = deploy(program as Program, root as string);
      const merged = readdirSync(deployments).filter((name) => !name.endsWith('.origin') && !first.includes(name));
      const etc = code === 0 ? listing(join(deployments, merged[0] ?? '', 'etc')) : [];
      return { code, error: stderr.split('\n').findLast((line) => line.startsWith('error: ')), etc };
    });
    expect(results[1]).toEqual(results[0]);
    sh(['rm', '-rf', at]);
  });
});
