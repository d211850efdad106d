import { pathToFileURL } from 'node:url';
import { formatPullStatus, pull, type PullOptions } from '@ost/fetch';
import { OstError } from '@ost/objects';
import { refspecOf, type Repo } from '@ost/repo';
import { remoteVerifier } from '@ost/trust';
import type { CommandContext } from '../context.js';
import { deltaApplier } from './delta-applier.js';
import { fsyncPolicy } from './fsync.js';
import { PullReporter } from './pull-progress.js';

/** `pull-local --require-static-deltas`: what would come over a network is read from the directory instead. */
export async function pullLocalByDeltas(
  context: CommandContext,
  repo: Repo,
  source: Repo,
  refs: readonly string[],
): Promise<void> {
  const { args, io, out } = context;
  if (args.flag('disable-static-deltas')) {
    throw new OstError('invalid-argument', 'Cannot both require and disable static deltas');
  }
  const url = pathToFileURL(source.path).href;
  const remote = args.string('remote');
  const [gpgVerify, gpgVerifySummary] = [args.flag('gpg-verify'), args.flag('gpg-verify-summary')];
  if (remote === undefined && (gpgVerify || gpgVerifySummary)) {
    throw new OstError('invalid-argument', 'Must specify remote name to enable gpg verification');
  }
  const fsync = fsyncPolicy(context);
  const reporter = new PullReporter(out);
  const options: PullOptions = {
    url,
    refs: refs.length > 0 ? refs : source.listRefs().map(refspecOf),
    depth: args.integer('depth') ?? 0,
    commitMetadataOnly: args.flag('commit-metadata-only'),
    untrusted: args.flag('untrusted'),
    bareUserOnlyFiles: args.flag('bareuseronly-files'),
    disableVerifyBindings: args.flag('disable-verify-bindings'),
    requireStaticDeltas: true,
    gpgVerify,
    gpgVerifySummary,
    disableSignVerify: true,
    disableSignVerifySummary: true,
    ...(fsync === undefined ? {} : { fsync }),
    ...(args.flag('per-object-fsync') ? { perObjectFsync: true } : {}),
    verifier: remoteVerifier(repo, { env: io.env }),
    deltas: deltaApplier,
    signal: io.signal,
    onProgress: (event) => reporter.event(event),
  };
  try {
    reporter.finish(formatPullStatus(await pull(repo, remote ?? url, options)));
  } finally {
    reporter.clear();
  }
}
