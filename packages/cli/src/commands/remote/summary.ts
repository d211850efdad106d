import { codec } from '@ost/gvariant';
import { OstError, parseSummary, SUMMARY_TYPE } from '@ost/objects';
import { remoteBoolean } from '@ost/repo';
import type { CommandContext } from '../../context.js';
import { printKeys, printValue } from '../../lib/metadata-keys.js';
import { printRaw } from '../../lib/raw.js';
import { readRemoteSummary } from '../../lib/remote-summary.js';
import { printSummary, summaryJson, summaryValue } from '../../lib/summary-text.js';

/** `remote summary NAME`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const { repo, remote, summary: found } = await readRemoteSummary(context);
  if (found === null) throw new OstError('not-found', 'Remote server has no summary file');
  const { bytes, signature } = found;
  const summary = parseSummary(bytes);
  const key = args.string('print-metadata-key');
  if (args.flag('raw') && !args.flag('json')) {
    out.line(printRaw(SUMMARY_TYPE, codec<string>(SUMMARY_TYPE).decode(bytes)));
  } else if (args.flag('list-metadata-keys')) printKeys(context, summary.metadata);
  else if (key !== undefined) printValue(context, summary.metadata, key, { json: summaryValue });
  else if (args.flag('json')) out.json(summaryJson(summary));
  else {
    printSummary(out, summary);
    if (signature === null || !remoteBoolean(repo, remote, 'gpg-verify-summary', false)) return;
    const { describeByRemote, printDescriptions } = await import('../../lib/gpg-signatures.js');
    const texts = await describeByRemote(context, repo, remote, { data: bytes, detached: signature });
    if (texts.length > 0) out.line();
    printDescriptions(out, texts, (count) => `GPG: Verification enabled, found ${count}:`);
  }
}
