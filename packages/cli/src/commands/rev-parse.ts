import { OstError } from '@ost/objects';
import { listCommits, type Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';

function onlyCommit(repo: Repo): string {
  const commits = listCommits(repo.path);
  if (commits.length > 1) throw new OstError('state', 'Multiple commit objects found');
  const [commit] = commits;
  if (commit === undefined) throw new OstError('not-found', 'No commit objects found');
  return commit;
}

/** `rev-parse REV...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  if (args.flag('single')) {
    if (args.positionals.length > 0) throw new UsageError('Cannot specify arguments with --single');
    const checksum = onlyCommit(repo);
    if (args.flag('json')) out.json([{ rev: null, checksum }]);
    else out.line(checksum);
    return;
  }
  if (args.positionals.length === 0) throw new UsageError('REV must be specified');
  if (args.flag('json')) {
    out.json(args.positionals.map((rev) => ({ rev, checksum: repo.resolve(rev) })));
    return;
  }
  for (const rev of args.positionals) out.line(repo.resolve(rev));
}
