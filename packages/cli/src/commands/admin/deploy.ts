import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { deploy, type DeployRequest, type KernelArgChanges, readOrigin, stageOverlayInitrd } from '@ost/sysroot';
import { type CommandContext, resolvePath } from '../../context.js';
import { UsageError } from '../../errors.js';
import { withSysroot } from '../../lib/sysroot.js';

function kernelArgs({ args }: CommandContext): KernelArgChanges {
  const [none, proc] = [args.flag('karg-none'), args.flag('karg-proc-cmdline')];
  const removed = args.list('karg-delete');
  if (none && proc) throw new UsageError("Can't specify both --karg-proc-cmdline and --karg-none");
  if (none && removed.length > 0) throw new UsageError("Can't specify both --karg-none and --karg-delete");
  if (args.flag('no-merge') && removed.length > 0) {
    throw new UsageError("Can't specify both --no-merge and --karg-delete");
  }
  return {
    ...(none ? { base: 'none' as const } : {}),
    ...(proc ? { base: { procCmdline: fs.readFileSync('/proc/cmdline', 'utf8') } } : {}),
    replace: args.list('karg'),
    append: args.list('karg-append'),
    delete: removed,
  };
}

function request(context: CommandContext, refspec: string): DeployRequest {
  const { args, io } = context;
  const os = args.string('os');
  const file = args.string('origin-file');
  const origin = file === undefined ? undefined : readOrigin(resolvePath(context, file));
  if (origin === null) throw new OstError('not-found', 'No such file or directory', { data: { path: file } });
  const locked = args.flag('lock-finalization');
  return {
    refspec,
    ...(os === undefined ? {} : { os }),
    ...(origin === undefined ? {} : { origin }),
    merge: !args.flag('no-merge'),
    kernelArgs: kernelArgs(context),
    insert: {
      retain: args.flag('retain'),
      retainPending: args.flag('retain-pending'),
      retainRollback: args.flag('retain-rollback'),
      notDefault: args.flag('not-as-default'),
    },
    stage: locked ? 'locked' : args.flag('stage'),
    prune: !args.flag('no-prune'),
    signal: io.signal,
  };
}

/** `admin deploy REFSPEC`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const [refspec] = args.positionals;
  if (refspec === undefined) throw new UsageError('REF/REV must be specified');
  const asked = request(context, refspec);
  await withSysroot(context, async (sysroot) => {
    const overlayInitrds = args.list('overlay-initrd').map((f) => stageOverlayInitrd(sysroot, resolvePath(context, f)));
    await deploy(sysroot, overlayInitrds.length === 0 ? asked : { ...asked, overlayInitrds });
  });
}
