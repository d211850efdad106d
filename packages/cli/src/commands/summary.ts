import * as fs from 'node:fs';
import * as path from 'node:path';
import { codec } from '@ost/gvariant';
import { encodeDetachedMetadata, type Metadata, OstError, parseSummary, SUMMARY_TYPE } from '@ost/objects';
import { type Repo, updateSummary } from '@ost/repo';
import { type CommandContext, openCommandRepo, refuse, resolvePath } from '../context.js';
import { variantEntries } from '../lib/key-values.js';
import { printRaw, printRawVariant } from '../lib/raw.js';
import { printSummary, summaryJson } from '../lib/summary-text.js';

async function update(context: CommandContext, repo: Repo): Promise<void> {
  const { args, io } = context;
  refuse(context, ['sign']);
  const metadata = variantEntries(args.list('add-metadata'), (value) => `Error parsing variant ‘${value}’: : `);
  const keys = args.list('gpg-sign');
  const homedir = args.string('gpg-homedir');
  const sign = async (data: Uint8Array): Promise<Metadata> => {
    const { addGpgSignatures } = await import('../lib/gpg-signatures.js');
    const home = homedir === undefined ? undefined : resolvePath(context, homedir);
    return addGpgSignatures(data, [], keys, { homedir: home, signal: io.signal });
  };
  await updateSummary(repo, {
    metadata,
    ...(keys.length === 0
      ? {}
      : { sign: async (bytes) => encodeDetachedMetadata(await sign(bytes)), signCommit: sign }),
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
  const { args, out, io } = context;
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
  const { gpgSignatures, parseDetached, printSignatures } = await import('../lib/gpg-signatures.js');
  const { allKeyrings } = await import('../lib/keyrings.js');
  const signatures = gpgSignatures(parseDetached(readFile(repo, 'summary.sig')));
  if (signatures.length > 0) out.line();
  await printSignatures(out, bytes, signatures, allKeyrings(repo, io.env), (count) => `Found ${count} on the summary:`);
}

/** `summary`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const key = args.string('print-metadata-key');
  if (args.flag('update')) return update(context, repo);
  if (args.flag('view') || args.flag('raw') || (args.flag('json') && key === undefined)) return view(context, repo);
  if (!args.flag('list-metadata-keys') && key === undefined) {
    throw new OstError('invalid-argument', 'No option specified; use -u to update summary');
  }
  const { metadata } = parseSummary(readFile(repo, 'summary'));
  if (args.flag('list-metadata-keys')) {
    for (const name of metadata.map(([known]) => known).sort()) out.line(name);
    return;
  }
  const found = metadata.find(([name]) => name === key)?.[1];
  if (found === undefined) throw new OstError('not-found', `No such metadata key '${key}'`);
  out.line(printRawVariant(found));
}
