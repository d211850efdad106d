import type { TreeDiff } from '@ost/repo';
import { type DeploymentDiff, deploymentNamed, diffDeployments } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { UsageError } from '../../errors.js';
import { assertSuperuser, openSysroot } from '../../lib/sysroot.js';

function printFiles({ out }: CommandContext, title: string, { modified, removed, added }: TreeDiff): void {
  if (modified.length + removed.length + added.length === 0) return;
  out.line(`${title}:`);
  for (const name of modified) out.line(`M    ${name}`);
  for (const name of removed) out.line(`D    ${name}`);
  for (const name of added) out.line(`A    ${name}`);
}

function print(context: CommandContext, { kernelArgs, packages, files, etc }: DeploymentDiff): void {
  const { out } = context;
  if (kernelArgs.removed.length + kernelArgs.added.length > 0) {
    out.line('Kernel arguments:');
    for (const word of kernelArgs.removed) out.line(`D    ${word}`);
    for (const word of kernelArgs.added) out.line(`A    ${word}`);
  }
  if (packages !== null && packages.changed.length + packages.removed.length + packages.added.length > 0) {
    out.line('Packages:');
    for (const { name, from, to } of packages.changed) out.line(`M    ${name} ${from} -> ${to}`);
    for (const { name, version } of packages.removed) out.line(`D    ${name} ${version}`);
    for (const { name, version } of packages.added) out.line(`A    ${name} ${version}`);
  }
  printFiles(context, 'Files', files);
  printFiles(context, '/etc', etc);
}

/** `admin diff FROM TO`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const [from, to] = args.positionals;
  if (from === undefined || to === undefined) throw new UsageError('FROM and TO must be specified');
  const sysroot = await openSysroot(context);
  assertSuperuser(sysroot);
  const diff = diffDeployments(sysroot, deploymentNamed(sysroot, from), deploymentNamed(sysroot, to));
  if (args.flag('json')) out.json(diff);
  else print(context, diff);
}
