import type { Checksum } from '@ost/objects';
import { nodeHash } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';
import { commitJson, commitText } from '../lib/commit-text.js';
import { COMMIT_TYPE, dumpBytes } from '../lib/raw.js';

/** `log REV`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const [rev] = args.positionals;
  if (rev === undefined) throw new UsageError('A rev argument is required');
  const entries: unknown[] = [];
  let truncated = false;
  const first = repo.resolve(rev);
  for (let checksum: Checksum | null = first; checksum !== null; ) {
    if (checksum !== first && !repo.hasObject('commit', checksum)) {
      truncated = true;
      if (!args.flag('json')) out.line('<< History beyond this commit not fetched >>');
      break;
    }
    const commit = repo.loadCommit(checksum);
    if (args.flag('json')) entries.push(commitJson(checksum, commit, nodeHash));
    else if (args.flag('raw')) {
      out.line(`commit ${checksum}`);
      out.line(dumpBytes(COMMIT_TYPE, repo.store.readMetadata('commit', checksum), true));
    } else out.text(commitText(checksum, commit, nodeHash));
    checksum = commit.parent;
  }
  if (args.flag('json')) out.json({ commits: entries, truncated });
}
