import { type CollectionRef, findRemotes, type FindResult, pullFound } from '@ost/fetch';
import { remoteVerifier } from '@ost/trust';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { deltaApplier } from '../lib/delta-applier.js';
import { chosenFinders } from '../lib/finders.js';
import { fsyncPolicy } from '../lib/fsync.js';
import { PullReporter } from '../lib/pull-progress.js';
import { refPairs } from '../lib/ref-pairs.js';
import type { Output } from '../output.js';
import { LIBOSTREE_VERSION } from '../version.js';

function refText({ collectionId, name }: CollectionRef): string {
  return `(${collectionId}, ${name})`;
}

function dateText(seconds: bigint | null): string {
  return seconds === null ? 'unknown' : new Date(Number(seconds) * 1000).toISOString().replace('.000', '');
}

function print(out: Output, wanted: readonly CollectionRef[], { found, missing }: FindResult): void {
  for (const [i, result] of found.entries()) {
    out.line(`Result ${i}: ${result.url}`);
    out.line(` - Finder: ${result.finder}`);
    out.line(` - Keyring: ${result.remote}.trustedkeys.gpg`);
    out.line(` - Priority: ${result.priority}`);
    out.line(` - Summary last modified: ${dateText(result.summaryModified)}`);
    out.line(' - Refs:');
    for (const { ref, commit } of result.refs) out.line(`    - ${refText(ref)} = ${commit ?? '(not found)'}`);
    out.line();
  }
  if (found.length === 0) {
    out.line('No results.');
    return;
  }
  out.line(`${wanted.length - missing.length}/${wanted.length} refs were found.`);
  if (missing.length === 0) return;
  out.line('Refs not found in any remote:');
  for (const ref of missing) out.line(` - ${refText(ref)}`);
}

function refJson({ collectionId, name }: CollectionRef): object {
  return { collection: collectionId, name };
}

function json({ found, missing, failures }: FindResult): object {
  return {
    found: found.map(({ finder, url, remote, priority, summaryModified, refs }) => ({
      finder,
      url,
      remote,
      priority,
      summaryModified: summaryModified === null ? null : Number(summaryModified),
      refs: refs.map(({ ref, commit }) => ({ ...refJson(ref), checksum: commit })),
    })),
    missing: missing.map((ref) => refJson(ref)),
    failures: failures.map(({ url, error }) => ({ url, message: error.message })),
  };
}

/** `find-remotes COLLECTION-ID REF...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io, out, err } = context;
  const wanted = refPairs(args.positionals);
  if (args.flag('mirror') && !args.flag('pull'))
    throw new UsageError('When --mirror is specified, --pull must also be');
  if (args.flag('json') && args.flag('pull')) throw new UsageError('Cannot specify both --json and --pull');
  const repo = await openCommandRepo(context);
  const finders = chosenFinders(repo, args.string('finders'));
  const cacheDir = args.string('cache-dir');
  const common = {
    ...(cacheDir === undefined ? {} : { cacheDir: resolvePath(context, cacheDir) }),
    userAgent: `libostree/${LIBOSTREE_VERSION}`,
    verifier: remoteVerifier(repo, { env: io.env }),
    signal: io.signal,
  };
  const result = await findRemotes(repo, wanted, finders, common);
  if (args.flag('json')) {
    out.json(json(result));
    return;
  }
  for (const { url, error } of result.failures) err.line(`warning: ${url}: ${error.message}`);
  err.flush();
  print(out, wanted, result);
  if (!args.flag('pull') || result.found.length === 0) return;
  out.flush();
  const fsync = fsyncPolicy(context);
  const reporter = new PullReporter(out);
  try {
    const pulled = await pullFound(repo, result.found, {
      ...common,
      mirror: args.flag('mirror'),
      deltas: deltaApplier,
      ...(fsync === undefined ? {} : { fsync }),
      onProgress: (event) => reporter.event(event),
    });
    const found = wanted.length - result.missing.length;
    reporter.finish(`\nPulled ${pulled.length}/${found} refs successfully.`);
  } finally {
    reporter.clear();
  }
}
