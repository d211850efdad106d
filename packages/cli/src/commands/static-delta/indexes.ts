import { listDeltaIndexes } from '@ost/deltas';
import { type CommandContext, openCommandRepo } from '../../context.js';

/** `static-delta indexes`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const targets = await listDeltaIndexes(repo.path);
  if (args.flag('json')) out.json(targets.map((to) => ({ to })));
  else if (targets.length === 0) out.line('(No static deltas indexes)');
  else for (const to of targets) out.line(to);
}
