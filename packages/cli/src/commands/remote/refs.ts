import { OstError, parseSummary } from '@ost/objects';
import type { CommandContext } from '../../context.js';
import { readRemoteSummary } from '../../lib/remote-summary.js';

/** `remote refs NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const { remote, summary } = await readRemoteSummary(context);
  if (summary === null) {
    throw new OstError('not-found', 'Remote refs not available; server has no summary file');
  }
  const { refs } = parseSummary(summary.bytes);
  if (args.flag('json')) {
    out.json(refs.map(({ name, checksum }) => ({ collection: null, remote, name, checksum, alias: null })));
    return;
  }
  for (const { name, checksum } of refs) {
    out.line(`${remote}:${name}${args.flag('revision') ? `\t${checksum}` : ''}`);
  }
}
