import * as fs from 'node:fs';
import * as path from 'node:path';
import { codec } from '@ost/gvariant';
import { encodeDetachedMetadata, OstError, parseSummary, SUMMARY_TYPE } from '@ost/objects';
import { type Repo, updateSummary } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { variantEntries } from '../lib/key-values.js';
import { printKeys, printValue } from '../lib/metadata-keys.js';
import { printRaw } from '../lib/raw.js';
import { printSummary, summaryJson, summaryValue } from '../lib/summary-text.js';

async function update(context: CommandContext, repo: Repo): Promise<void> {
  const { args } = context;
  const metadata = variantEntries(args.list('add-metadata'), (value) => `Error parsing variant ‘${value}’: : `);
  if (['gpg-sign', 'sign', 'sign-from-file'].every((name) => args.list(name).length === 0)) {
    await updateSummary(repo, { metadata });
    return;
  }
  const { metadataSigner } = await import('../lib/metadata-signer.js');
  const sign = metadataSigner(context);
  await updateSummary(repo, {
    metadata,
    sign: async (bytes) => encodeDetachedMetadata(await sign(bytes, [])),
    signCommit: (bytes) => sign(bytes, []),
  });
}

function readFile(repo: Repo, name: string): Uint8Array {
  try {
    return fs.readFileSync(path.join(repo.path, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new OstError('not-found', `openat(${name}): No such file or directory`, { cause: error });
  }
}

async function view(context: CommandContext, repo: Repo): Promise<void> {
  const { args, out } = context;
  const bytes = readFile(repo, 'summary');
  if (args.flag('json')) {
    out.json(summaryJson(parseSummary(bytes)));
    return;
  }
  if (args.flag('raw')) {
    out.line(printRaw(SUMMARY_TYPE, codec<string>(SUMMARY_TYPE).decode(bytes)));
    return;
  }
  printSummary(out, parseSummary(bytes));
  if (!fs.existsSync(path.join(repo.path, 'summary.sig'))) return;
  const { describeByAll, printDescriptions } = await import('../lib/gpg-signatures.js');
  const texts = await describeByAll(context, repo, { data: bytes, detached: readFile(repo, 'summary.sig') });
  if (texts.length > 0) out.line();
  printDescriptions(out, texts, (count) => `Found ${count} on the summary:`);
}

/** `summary`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const repo = await openCommandRepo(context);
  const key = args.string('print-metadata-key');
  const keys = args.flag('list-metadata-keys');
  if (args.flag('update')) return update(context, repo);
  if (args.flag('view') || args.flag('raw')) return view(context, repo);
  if (!keys && key === undefined) {
    if (args.flag('json')) return view(context, repo);
    throw new OstError('invalid-argument', 'No option specified; use -u to update summary');
  }
  const { metadata } = parseSummary(readFile(repo, 'summary'));
  if (keys || key === undefined) printKeys(context, metadata);
  else printValue(context, metadata, key, { json: summaryValue });
}
