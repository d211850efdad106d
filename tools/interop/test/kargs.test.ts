import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../src/odd-tree.js';
import { ost, type Program, reference } from '../src/programs.js';
import { attempt, sh } from '../src/run.js';
import { isRoot, scratch } from '../src/scratch.js';
import { twoDeployments } from '../src/system.js';

const dir = scratch('kargs');
const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };
const RUNS = 60;

const KEYS = ['quiet', 'root', 'console', 'a', 'a.b-c_d', 'rd.x', 'K'];
// No blanks in quotes: 2022.7 splits there, later versions do not.
const VALUES = ['', '1', 'LABEL=x', 'UUID=1-2=3', 'two words', '"quoted"', "it's", 'ü', 'tty0,115200n8', '\\'];

/** A word that may stand on a kernel's command line, or not. */
const word = (random: () => number): string => {
  const key = KEYS[random() % KEYS.length] ?? '';
  return random() % 3 === 0 ? key : `${key}=${VALUES[random() % VALUES.length]}`;
};

/** Options of one change, the same for the same seed. */
function change(seed: number): string[] {
  const bytes = noise(64, seed);
  let at = 0;
  const random = (): number => bytes[at++ % bytes.length] ?? 0;
  const args = random() % 4 === 0 ? [] : ['--merge'];
  for (let i = random() % 4; i > 0; i--) args.push(`--${random() % 2 === 0 ? 'append' : 'replace'}=${word(random)}`);
  for (let i = random() % 3; i > 0; i--) args.push(word(random));
  return args;
}

describe.skipIf(!isRoot)('kernel arguments', () => {
  const [ours, theirs] = [join(dir, 'ours'), join(dir, 'theirs')];
  beforeAll(() => {
    twoDeployments(theirs, join(dir, 'origin'));
    sh(['cp', '-a', theirs, ours]);
  });

  /** The options of all entries, in order. */
  const options = (root: string): readonly string[] => {
    const entries = join(root, 'boot/loader/entries');
    const texts = readdirSync(entries)
      .sort()
      .map((name) => readFileSync(join(entries, name), 'utf8'));
    return texts.map((text) => /^options (.*)$/m.exec(text)?.[1] ?? '');
  };

  const set = (program: Program, root: string, args: readonly string[]): object => {
    const [command, ...rest] = args;
    const { code, stderr } = attempt(program, ['admin', ...(command ?? '').split(' '), `--sysroot=${root}`, ...rest], {
      env,
    });
    const error = stderr.split('\n').findLast((line) => line.startsWith('error: '));
    return { args, code, error, options: options(root) };
  };

  it.each(Array.from({ length: RUNS }, (_, seed) => [seed + 1]))('change number %i comes to the same', (seed) => {
    const args = ['instutil set-kargs', ...change(seed)];
    expect(set(ost, ours, args)).toEqual(set(reference, theirs, args));
    if (seed % 5 !== 0) return;
    const missing = [
      'kargs edit-in-place',
      ...change(seed + RUNS)
        .filter((arg) => /^[^-]/.test(arg))
        .map((arg) => `--append-if-missing=${arg}`),
    ];
    expect(set(ost, ours, missing)).toEqual(set(reference, theirs, missing));
  });
});
