import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What every change of the file system throws once the process counts as killed. */
class Killed extends Error {}

type Call = (...args: unknown[]) => unknown;

/** Functions of `node:fs` that change what is on disk. */
const changing = [
  'chmodSync',
  'copyFileSync',
  'fchmodSync',
  'fdatasyncSync',
  'fsyncSync',
  'lchownSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'symlinkSync',
  'unlinkSync',
  'utimesSync',
  'writeFileSync',
  'writeSync',
];

/**
 * Runs `body` as in a process that is killed before its `at`-th change of the file system: from then on every change
 * throws without effect, clean-up included, and in the end all files are closed, which gives up their locks.
 * @returns the number of changes if `body` came to its end, null when it was killed
 */
export async function runKilled(at: number, body: () => Promise<unknown>): Promise<number | null> {
  const table = fs as unknown as Record<string, Call>;
  const originals = new Map<string, Call>();
  const open = new Set<number>();
  let count = 0;
  const step = (): void => {
    if (++count >= at) throw new Killed(`killed at step ${at}`);
  };
  const patch = (name: string, make: (original: Call) => Call): void => {
    const original = table[name] as Call;
    originals.set(name, original);
    table[name] = make(original);
  };
  for (const name of changing) {
    patch(name, (original) => (...args) => {
      step();
      return original(...args);
    });
  }
  patch('openSync', (original) => (...args) => {
    if (args[1] === 'wx' || args[1] === 'a+') step();
    const fd = original(...args) as number;
    open.add(fd);
    return fd;
  });
  patch('closeSync', (original) => (fd) => {
    open.delete(fd as number);
    return original(fd);
  });
  syncBuiltinESMExports();
  let failure: { readonly error: unknown } | null = null;
  try {
    await body();
  } catch (error) {
    failure = { error };
  } finally {
    for (const [name, original] of originals) table[name] = original;
    syncBuiltinESMExports();
    for (const fd of open) fs.closeSync(fd);
  }
  if (count >= at) return null;
  if (failure !== null) throw failure.error;
  return count;
}
