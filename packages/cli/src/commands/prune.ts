import { formatSize, OstError, toChecksum } from '@ost/objects';
import { deleteCommitWithTombstone, deleteDeltasTo, prune, type PruneOptions, type PruneResult } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';
import { parseDate } from '../lib/parse-date.js';

function branchDepths(pairs: readonly string[]): Map<string, number> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at === -1) throw new OstError('invalid-argument', `Invalid value ${pair}, must specify BRANCH=DEPTH`);
      const text = pair.slice(at + 1);
      const depth = Number(text);
      if (!/^\s*[+-]?\d+$/.test(text)) throw new OstError('invalid-argument', `Invalid depth ${text}`);
      if (!Number.isSafeInteger(depth)) throw new OstError('invalid-argument', `Out of range depth ${text}`);
      return [pair.slice(0, at), depth];
    }),
  );
}

function pruneOptions({ args, io }: CommandContext): PruneOptions {
  const depths = branchDepths(args.list('retain-branch-depth'));
  const younger = args.string('keep-younger-than');
  const branches = args.list('only-branch');
  return {
    noPrune: args.flag('no-prune') || args.flag('dry-run'),
    // What every commit keeps, no ref keeps alone.
    refsOnly: args.flag('refs-only') || args.flag('dry-run'),
    refShares: args.flag('dry-run'),
    signal: io.signal,
    depth: args.integer('depth') ?? -1,
    commitOnly: args.flag('commit-only'),
    ...(depths.size === 0 ? {} : { retainBranchDepth: depths }),
    ...(younger === undefined ? {} : { keepYoungerThan: parseDate(younger) }),
    ...(branches.length === 0 ? {} : { onlyBranches: branches }),
  };
}

function print({ args, out }: CommandContext, { total, pruned, freed, refs }: PruneResult): void {
  out.line(`Total ${args.flag('commit-only') ? '(commit only) ' : ''}objects: ${total}`);
  if (pruned === 0) out.line('No unreachable objects');
  else if (args.flag('no-prune') || args.flag('dry-run')) {
    out.line(`Would delete: ${pruned} objects, freeing ${formatSize(freed)}`);
  } else out.line(`Deleted ${pruned} objects, ${formatSize(freed)} freed`);
  for (const { ref, objects, size } of refs) out.line(`Only for ${ref}: ${objects} objects, ${formatSize(size)}`);
}

/** `prune`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const doomed = args.string('delete-commit');
  if (args.flag('static-deltas-only') && doomed === undefined) {
    throw new UsageError(
      '--static-deltas-only requires --delete-commit; see https://github.com/ostreedev/ostree/issues/1479',
    );
  }
  const options = pruneOptions(context);
  if (doomed !== undefined) {
    for (const name of ['no-prune', 'dry-run']) {
      if (args.flag(name)) throw new UsageError(`Cannot specify both --delete-commit and --${name}`);
    }
    const commit = toChecksum(doomed);
    if (args.flag('static-deltas-only')) deleteDeltasTo(repo, commit);
    else await deleteCommitWithTombstone(repo, commit);
  }
  const result = await prune(repo, options);
  if (!args.flag('json')) print(context, result);
  else out.json({ deleted: options.noPrune !== true, ...result });
}
