import { OstError } from '@ost/objects';
import { loadSelinuxPolicy, type Repo, type SelinuxPolicy, selinuxPolicyOfCommit, type TreeSource } from '@ost/repo';
import { type CommandContext, resolvePath } from '../context.js';

/** The policy that `--selinux-policy` names; null without it, or when it is switched off there. */
export function namedPolicy(context: CommandContext): SelinuxPolicy | null {
  const root = context.args.string('selinux-policy');
  return root === undefined ? null : loadSelinuxPolicy(resolvePath(context, root));
}

/**
 * The policy that labels a commit: a named one, or with `--selinux-policy-from-base` the first tree's own.
 * @throws OstError `invalid-argument` for options that do not go together
 */
export async function commitPolicy(
  context: CommandContext,
  repo: Repo,
  sources: readonly TreeSource[],
): Promise<SelinuxPolicy | null> {
  const { args } = context;
  if (!args.flag('selinux-policy-from-base')) return namedPolicy(context);
  if (args.string('selinux-policy') !== undefined) {
    throw new OstError('invalid-argument', 'Cannot specify both --selinux-policy and --selinux-policy-from-base');
  }
  const base = args.string('base');
  if (base !== undefined) return selinuxPolicyOfCommit(repo, repo.resolve(base));
  const [first] = sources;
  switch (first?.type) {
    case 'dir':
      return loadSelinuxPolicy(first.path);
    case 'ref':
      return selinuxPolicyOfCommit(repo, repo.resolve(first.rev));
    default:
      throw new OstError('invalid-argument', 'Cannot use --selinux-policy-from-base with tar');
  }
}

/** The labelling rules that are asked for. */
export function labelingEpoch({ args }: CommandContext): 0 | 1 {
  const epoch = args.integer('selinux-labeling-epoch') ?? 0;
  if (epoch !== 0 && epoch !== 1) throw new OstError('invalid-argument', `Unknown SELinux labeling epoch: ${epoch}`);
  return epoch;
}
