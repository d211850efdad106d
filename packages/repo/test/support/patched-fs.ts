import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Call = (...args: unknown[]) => unknown;

/** Functions of `node:fs` that take room on the disk. */
const growing = ['copyFileSync', 'linkSync', 'mkdirSync', 'symlinkSync', 'writeFileSync', 'writeSync', 'writevSync'];

/** The others that change what is on disk. */
const changing = [
  'chmodSync',
  'fchmodSync',
  'fchownSync',
  'fdatasyncSync',
  'fsyncSync',
  'lchownSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'unlinkSync',
  'utimesSync',
];

/** A change of the file system that is about to happen. */
export interface Step {
  readonly call: string;
  /** It needs room on the disk. */
  readonly grows: boolean;
}

const creates = (flags: unknown): boolean => typeof flags === 'string' && /[wa]/.test(flags);

/**
 * Runs `body` and tells `step` of each change of the file system before it happens; what `step` throws, the call throws.
 * @returns the files that `body` left open
 */
export async function withSteps(step: (next: Step) => void, body: () => Promise<unknown>): Promise<readonly number[]> {
  const table = fs as unknown as Record<string, Call>;
  const originals = new Map<string, Call>();
  const open = new Set<number>();
  const patch = (name: string, make: (original: Call) => Call): void => {
    const original = table[name] as Call;
    originals.set(name, original);
    table[name] = make(original);
  };
  const announced =
    (call: string, grows: boolean) =>
    (original: Call): Call =>
    (...args) => {
      step({ call, grows });
      return original(...args);
    };
  for (const name of growing) patch(name, announced(name, true));
  for (const name of changing) patch(name, announced(name, false));
  patch('openSync', (original) => (...args) => {
    if (creates(args[1])) step({ call: 'openSync', grows: true });
    const fd = original(...args) as number;
    open.add(fd);
    return fd;
  });
  patch('closeSync', (original) => (fd) => {
    open.delete(fd as number);
    return original(fd);
  });
  // What streams call.
  for (const name of ['open', 'write', 'writev']) {
    patch(name, (original) => (...args) => {
      try {
        if (name !== 'open' || creates(args[1])) step({ call: name, grows: true });
      } catch (error) {
        (args.at(-1) as Call)(error);
        return undefined;
      }
      return original(...args);
    });
  }
  syncBuiltinESMExports();
  try {
    await body();
  } finally {
    for (const [name, original] of originals) table[name] = original;
    syncBuiltinESMExports();
  }
  return [...open];
}
