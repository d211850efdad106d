import { isOstError, OstError } from '@ost/objects';
import { hasRemote, remoteBoolean } from '@ost/repo';
import { type DeploymentStatus, status, type Sysroot } from '@ost/sysroot';
import type { CommandContext } from '../../context.js';
import { openSysroot } from '../../lib/sysroot.js';

function state(one: DeploymentStatus): string {
  if (one.finalizationLocked) return ' (finalization locked)';
  if (one.staged) return ' (staged)';
  if (one.pending) return ' (pending)';
  return one.rollback ? ' (rollback)' : '';
}

function originText({ refspec }: DeploymentStatus): string {
  if (refspec === null) return 'origin: none';
  return refspec === '' ? 'origin: <unknown origin type>' : `origin refspec: ${refspec}`;
}

/** The remote that a deployment follows; its origin may hold any text. */
function remoteOf({ refspec }: DeploymentStatus): string | null {
  const at = refspec?.indexOf(':') ?? -1;
  return at === -1 ? null : (refspec as string).slice(0, at);
}

/** Prints who signed the deployment's commit, if its remote is verified that way. */
async function signatures(context: CommandContext, sysroot: Sysroot, one: DeploymentStatus): Promise<void> {
  const { out } = context;
  const remote = remoteOf(one);
  const { repo } = sysroot;
  if (remote === null || !hasRemote(repo, remote) || !remoteBoolean(repo, remote, 'gpg-verify', true)) return;
  const detached = repo.readDetachedMetadata(one.deployment.checksum);
  if (detached === null) return;
  const { describeByRemote } = await import('../../lib/gpg-signatures.js');
  const data = repo.store.readMetadata('commit', one.deployment.checksum);
  for (const text of await describeByRemote(context, repo, remote, { data, detached })) {
    const [first = '', ...rest] = text.trimEnd().split('\n');
    out.line(`    GPG: ${first}`);
    for (const line of rest) out.line(`         ${line}`);
  }
}

async function verified(context: CommandContext, sysroot: Sysroot, one: DeploymentStatus): Promise<void> {
  if (!sysroot.repo.hasObject('commit', one.deployment.checksum)) {
    throw new OstError('not-found', 'Cannot verify, failed to load commit');
  }
  if (one.refspec === null || one.refspec === '') throw new OstError('state', 'No origin/refspec, cannot verify');
  if (remoteOf(one) === null) throw new OstError('state', 'Cannot verify deployment without remote');
  if (sysroot.repo.readDetachedMetadata(one.deployment.checksum) === null) {
    throw new OstError('signature', "Can't verify commit without detached metadata");
  }
  await signatures(context, sysroot, one);
}

async function print(context: CommandContext, sysroot: Sysroot, one: DeploymentStatus): Promise<void> {
  const { args, out } = context;
  out.line(
    `${one.booted ? '*' : ' '} ${one.os} ${one.checksum}.${one.serial}${state(one)}${one.softRebootTarget ? ' (soft-reboot)' : ''}`,
  );
  if (one.version !== undefined) out.line(`    Version: ${one.version}`);
  if (one.unlocked !== 'none') {
    out.text('    ');
    if (out.isTTY) out.control('\u001b[31m\u001b[1m');
    out.text(`Unlocked: ${one.unlocked}`);
    if (out.isTTY) out.control('\u001b[22m\u001b[0m');
    out.line();
  }
  if (one.pinned) out.line('    Pinned: yes');
  out.line(`    ${originText(one)}`);
  if (one.sourceTitle !== undefined && one.refspec !== null) out.line(`    \`- ${one.sourceTitle}`);
  if (args.flag('verify')) {
    await verified(context, sysroot, one);
    return;
  }
  if (args.flag('skip-signatures')) return;
  try {
    await signatures(context, sysroot, one);
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Deployment ${one.index}: `) : error;
  }
}

function deploymentJson(one: DeploymentStatus): Record<string, unknown> {
  return {
    checksum: one.checksum,
    stateroot: one.os,
    refspec: one.refspec === '' ? null : one.refspec,
    serial: one.serial,
    index: one.index,
    booted: one.booted,
    pending: one.pending,
    rollback: one.rollback,
    'finalization-locked': one.finalizationLocked,
    'soft-reboot-target': one.softRebootTarget,
    staged: one.staged,
    pinned: one.pinned,
    unlocked: one.unlocked,
    ...(one.version === undefined ? {} : { version: one.version }),
    ...(one.sourceTitle === undefined ? {} : { 'source-title': one.sourceTitle }),
  };
}

/** `admin status`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const sysroot = await openSysroot(context);
  const deployments = status(sysroot);
  if (args.flag('is-default')) {
    if (deployments.length === 0) throw new OstError('state', 'Not in a booted OSTree system');
    out.line(deployments[0]?.booted === true ? 'default' : 'not-default');
  } else if (args.flag('json')) out.json({ deployments: deployments.map(deploymentJson) });
  else if (deployments.length === 0) out.line('No deployments.');
  else for (const one of deployments) await print(context, sysroot, one);
}
