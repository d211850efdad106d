import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { listDeltas } from '@ost/deltas';
import { type CommandContext, openCommandRepo } from '../../context.js';
import { UsageError } from '../../errors.js';
import { deltaEnds } from '../../lib/delta-name.js';

/** `static-delta delete DELTA`. */
export async function run(context: CommandContext): Promise<void> {
  const [name] = context.args.positionals;
  const repo = await openCommandRepo(context);
  if (name === undefined) throw new UsageError('DELTA must be specified');
  deltaEnds(name);
  const delta = (await listDeltas(repo.path)).find((stored) => stored.name === name);
  if (delta === undefined) throw new OstError('not-found', `Can't find delta ${name}`, { data: { name } });
  fs.rmSync(delta.path, { recursive: true });
}
