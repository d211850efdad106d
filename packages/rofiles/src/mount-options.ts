import { MS } from '@ost/linux';
import type { CacheTimes } from './attributes.js';

/** What the options after `-o` come to. */
export interface MountOptions {
  /** Flags of mount(2). */
  readonly flags: number;
  /** Options that the kernel's FUSE reads. */
  readonly kernel: readonly string[];
  /** The name in the list of mounts. */
  readonly source: string;
  readonly cache: CacheTimes;
}

const SWITCHES: Readonly<Record<string, { readonly set?: number; readonly clear?: number }>> = {
  ro: { set: MS.RDONLY },
  rw: { clear: MS.RDONLY },
  suid: { clear: MS.NOSUID },
  nosuid: { set: MS.NOSUID },
  dev: { clear: MS.NODEV },
  nodev: { set: MS.NODEV },
  exec: { clear: MS.NOEXEC },
  noexec: { set: MS.NOEXEC },
};

/** For the kernel itself. */
const KERNEL = new Set(['allow_other', 'default_permissions']);

/** Hints about ways to copy that change nothing that can be seen. */
const HINTS = new Set(['splice_read', 'splice_write', 'splice_move', 'kernel_cache', 'auto_cache', 'big_writes']);

/** Reads options as `mount -o` takes them: separated by commas, several times. */
export function parseMountOptions(texts: readonly string[]): MountOptions {
  const options = texts.flatMap((text) => text.split(',')).filter((option) => option !== '');
  const times = { entry: 1, attributes: 1, negative: 0 };
  let flags = MS.NOSUID | MS.NODEV;
  let source = 'rofiles-fuse';
  const kernel: string[] = [];
  for (const option of options) {
    const [name, value] = splitOnce(option);
    const change = SWITCHES[name];
    if (value === undefined && change !== undefined) flags = (flags | (change.set ?? 0)) & ~(change.clear ?? 0);
    else if (value === undefined && KERNEL.has(name)) kernel.push(name);
    else if (value !== undefined && name === 'fsname') source = value;
    else if (value !== undefined && name === 'entry_timeout') times.entry = seconds(option, value);
    else if (value !== undefined && name === 'attr_timeout') times.attributes = seconds(option, value);
    else if (value !== undefined && name === 'negative_timeout') times.negative = seconds(option, value);
    else if (!HINTS.has(option)) throw new Error(`fuse: unknown option '${option}'`);
  }
  return { flags, kernel, source, cache: times };
}

function splitOnce(option: string): [name: string, value?: string] {
  const at = option.indexOf('=');
  return at === -1 ? [option] : [option.slice(0, at), option.slice(at + 1)];
}

function seconds(option: string, value: string): number {
  const number = Number(value);
  if (value !== '' && number >= 0 && number < 2 ** 32) return number;
  throw new Error(`fuse: invalid option '${option}'`);
}
