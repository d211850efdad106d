import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing } from '../src/listing.js';
import { ost, type Program, programs, reference } from '../src/programs.js';
import { complaints, init } from '../src/repos.js';
import { attempt, run } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';
import { publish, system } from '../src/system.js';

const dir = scratch('admin');
// Deployments that can be deleted again, and no clock in the boot entries.
const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };

type Step = readonly string[] | ((root: string) => void);

const edit = (root: string): void => {
  const links = listing(join(root, 'ostree/deploy/test/deploy')).map((line) => line.split(' ')[0] ?? '');
  const [name = ''] = links.filter((line) => /^[0-9a-f]{64}\.\d+$/.test(line));
  const etc = join(root, 'ostree/deploy/test/deploy', name, 'etc');
  appendFileSync(join(etc, 'changed-by-both'), 'local\n');
  writeFileSync(join(etc, 'local'), 'local\n', { mode: 0o600 });
  run({ name: 'rm', command: ['rm'] }, [join(etc, 'deleted')]);
};

/** The life of a system; `ROOT` is where it is. */
function life(origin: string): readonly Step[] {
  const pull = ['pull-local', '--repo=ROOT/ostree/repo', '--remote=origin', origin, 'test/stable'];
  return [
    ['admin', 'init-fs', 'ROOT'],
    ['admin', '--sysroot=ROOT', 'os-init', 'test'],
    ['admin', '--sysroot=ROOT', 'status'],
    ['remote', 'add', '--repo=ROOT/ostree/repo', '--no-gpg-verify', 'origin', `file://${origin}`],
    pull,
    [
      'admin',
      '--sysroot=ROOT',
      'deploy',
      '--os=test',
      '--karg=root=LABEL=main',
      '--karg-append=quiet',
      'origin:test/stable',
    ],
    ['admin', '--sysroot=ROOT', 'status'],
    edit,
    ['admin', '--sysroot=ROOT', 'config-diff', '--os=test'],
    () => publish(origin, 2),
    pull,
    ['admin', '--sysroot=ROOT', 'upgrade', '--os=test', '--deploy-only'],
    ['admin', '--sysroot=ROOT', 'status'],
    [
      'admin',
      '--sysroot=ROOT',
      'instutil',
      'set-kargs',
      '--merge',
      '--append=console=ttyS0',
      '--replace=root=LABEL=other',
    ],
    ['admin', '--sysroot=ROOT', 'pin', '1'],
    ['admin', '--sysroot=ROOT', 'status'],
    () => publish(origin, 3),
    ['admin', '--sysroot=ROOT', 'upgrade', '--os=test'],
    ['admin', '--sysroot=ROOT', 'upgrade', '--os=test'],
    ['admin', '--sysroot=ROOT', 'status'],
    [
      'admin',
      '--sysroot=ROOT',
      'deploy',
      '--os=test',
      '--karg-none',
      '--karg=a=b',
      '--no-merge',
      '--retain',
      'origin:test/stable',
    ],
    ['admin', '--sysroot=ROOT', 'pin', '--unpin', '2'],
    ['admin', '--sysroot=ROOT', 'undeploy', '0'],
    ['admin', '--sysroot=ROOT', 'undeploy', '9'],
    [
      'admin',
      '--sysroot=ROOT',
      'set-origin',
      '--set=gpg-verify=false',
      '--index=0',
      'second',
      'http://example.com/',
      'test/other',
    ],
    ['admin', '--sysroot=ROOT', 'os-init', 'test'],
    ['admin', '--sysroot=ROOT', 'deploy', '--os=test', 'origin:no/such/ref'],
    ['admin', '--sysroot=ROOT', 'cleanup'],
    ['admin', '--sysroot=ROOT', 'status'],
  ];
}

/** Leads a life; the program of each step comes from `by`. */
function lead(root: string, origin: string, by: (step: number) => Program): readonly object[] {
  mkdirSync(root);
  init(ost, origin, 'archive');
  publish(origin, 1);
  return life(origin).map((step, i) => {
    if (typeof step === 'function') {
      step(root);
      return {};
    }
    const words = step.map((word) => word.replace('ROOT', root));
    const { code, stdout, stderr } = attempt(by(i), words, { env });
    const said = (stdout + stderr).replaceAll(root, 'ROOT').replaceAll(origin, 'ORIGIN');
    // How much was freed depends on the file system; progress depends on time.
    const lines = said
      .split('\n')
      .filter((line) => !/^(Freed objects|\d+ (metadata|delta)|Receiving|Writing)/.test(line));
    const after = existsSync(join(root, 'boot')) ? system(root) : {};
    return { step: step.join(' ').replace(origin, 'ORIGIN'), code, lines, after };
  });
}

describe.skipIf(!isRoot)('the same life led by each', () => {
  const lives = new Map<Program, readonly object[]>();

  it.each(programs)('by $name', (program) => {
    const name = fresh('life');
    lives.set(
      program,
      lead(join(dir, name), join(dir, `${name}-origin`), () => program),
    );
    expect(complaints(join(dir, name, 'ostree/repo'))).toEqual([]);
  });

  const steps = life('ORIGIN');
  it.each(steps.map((step, i) => [i, typeof step === 'function' ? '(a change)' : step.join(' ')] as const))(
    '%i: %s',
    (i) => {
      expect(lives.get(ost)?.[i]).toEqual(lives.get(reference)?.[i]);
    },
  );
});

describe.skipIf(!isRoot)('taking turns on one system root', () => {
  it.each([0, 1])('beginning with number %i', (first) => {
    const name = fresh('turns');
    const root = join(dir, name);
    const steps = lead(root, join(dir, `${name}-origin`), (i) => programs[(i + first) % 2] ?? ost);
    const expected = lead(join(dir, `${name}-plain`), join(dir, `${name}-plain-origin`), () => reference);
    expect(steps).toEqual(expected);
    expect(complaints(join(root, 'ostree/repo'))).toEqual([]);
    expect(readFileSync(join(root, 'ostree/repo/config'), 'utf8')).toContain('bare');
  });
});
