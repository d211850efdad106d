import { OstError } from '@ost/objects';
import { enterMountNamespace, ensureWritable, Sysroot, type SysrootMessage, type SysrootProgress } from '@ost/sysroot';
import { type CommandContext, resolvePath } from '../context.js';
import { ProgressLine } from '../progress.js';

/** The root that a command works on: `--sysroot`, else `OSTREE_SYSROOT`, else `/`. */
export function sysrootPath(context: CommandContext): string {
  const { args, io } = context;
  const fromEnvironment = io.env['OSTREE_SYSROOT'];
  const given = args.string('sysroot') ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  return resolvePath(context, given ?? '/');
}

/** Messages that go to the journal only, not to the user. */
const quiet = new Set<SysrootMessage['type']>(['finalizing', 'not-finalizing']);
/** Messages that are no result of a command. */
const asides = new Set<SysrootMessage['type']>(['freeze-watchdog', 'etc-ignored', 'boot-space']);

function progressText(progress: SysrootProgress): string {
  return progress.step === 'checkout' ? `Checking out: ${progress.files} files` : 'Cleaning up';
}

/** Opens the system root; what happens is printed in libostree's words. */
export function openSysroot(context: CommandContext): Promise<Sysroot> {
  const { out, err } = context;
  const line = new ProgressLine(out);
  return Sysroot.open(sysrootPath(context), {
    onMessage: ({ type, text }) => {
      if (quiet.has(type)) return;
      line.clear();
      const output = asides.has(type) ? err : out;
      output.line(text);
      output.flush();
    },
    onProgress: (progress) => (progress === null ? line.clear() : line.show(progressText(progress))),
  });
}

/** Only root may touch the system that runs. */
export function assertSuperuser(sysroot: Sysroot): void {
  if (sysroot.booted !== null && process.getuid?.() !== 0) {
    throw new OstError('state', 'You must be root to perform this command');
  }
}

/** Runs a command that changes the system: locked, in a mount namespace of its own if it is the running one. */
export async function withSysroot<T>(context: CommandContext, body: (sysroot: Sysroot) => Promise<T>): Promise<T> {
  let sysroot = await openSysroot(context);
  assertSuperuser(sysroot);
  if (sysroot.booted !== null) enterMountNamespace();
  // Before the lock, which is a file of the system root itself.
  if (ensureWritable(sysroot)) sysroot = await openSysroot(context);
  return sysroot.withLock(() => body(sysroot), { signal: context.io.signal });
}
