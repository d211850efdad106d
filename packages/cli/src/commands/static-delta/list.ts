import { listDeltas } from '@ost/deltas';
import { type CommandContext, openCommandRepo } from '../../context.js';

/** `static-delta list`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const deltas = await listDeltas(repo.path);
  if (args.flag('json')) out.json(deltas.map(({ name, from, to }) => ({ name, from, to })));
  else if (deltas.length === 0) out.line('(No static deltas)');
  else for (const { name } of deltas) out.line(name);
}
