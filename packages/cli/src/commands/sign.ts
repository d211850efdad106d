import * as fs from 'node:fs';
import {
  type Checksum,
  encodeDetachedMetadata,
  isOstError,
  type Metadata,
  OstError,
  parseDetachedMetadata,
} from '@ost/objects';
import type { Repo } from '@ost/repo';
import { addSignatures, removeSignatures, type SignatureOutcome, signaturesOf, verifySignatures } from '@ost/sign';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { givenEngine, givenPublicKeys, givenSecretKeys, namesPublicKeys } from '../lib/sign-keys.js';

/** The commit that the command is about. */
interface Target {
  readonly repo: Repo;
  readonly checksum: Checksum;
  readonly bytes: Uint8Array;
  readonly metadata: Metadata;
  /** KEYs on the command line. */
  readonly texts: readonly string[];
}

function judge(context: CommandContext, { bytes, metadata, texts }: Target): SignatureOutcome {
  const engine = givenEngine(context);
  try {
    return verifySignatures(engine, givenPublicKeys(context, engine, texts), bytes, signaturesOf(engine, metadata));
  } catch (error) {
    throw isOstError(error) && texts.length > 0 ? error.withPrefix('No valid signatures found: ') : error;
  }
}

function verify(context: CommandContext, target: Target): void {
  const { args, out } = context;
  const { checksum, texts } = target;
  const { engine, valid, reason, key, message } = judge(context, target);
  if (args.flag('json')) out.json({ commit: checksum, type: engine, valid, reason, key, message });
  else if (valid) out.line(message);
  if (valid) return;
  const prefix = texts.length > 0 ? 'No valid signatures found: ' : '';
  throw new OstError('signature', `${prefix}${message}`, { data: { checksum, reason } });
}

function remove(context: CommandContext, { repo, checksum, bytes, metadata, texts }: Target): void {
  if (!namesPublicKeys(context, texts)) throw new UsageError('Need at least one KEY-ID whose signatures are deleted');
  repo.assertWritable();
  const engine = givenEngine(context);
  const { trusted, revoked } = givenPublicKeys(context, engine, texts);
  const result = removeSignatures(engine, [...trusted, ...revoked], bytes, metadata);
  if (result.removed > 0) repo.writeDetachedMetadata(checksum, encodeDetachedMetadata(result.metadata));
  context.out.line(`Signatures deleted: ${result.removed}`);
}

function sign(context: CommandContext, { repo, checksum, bytes, metadata, texts }: Target): void {
  const { args } = context;
  const file = args.string('keys-file');
  if (args.string('keys-dir') !== undefined) throw new UsageError('--keys-dir is for --verify and --delete');
  if (texts.length === 0 && file === undefined) throw new UsageError('Need at least one KEY-ID to sign with');
  repo.assertWritable();
  const engine = givenEngine(context);
  const keys = givenSecretKeys(context, engine, texts, file === undefined ? [] : [file]);
  const signed = addSignatures(engine, keys, bytes, metadata);
  repo.writeDetachedMetadata(checksum, encodeDetachedMetadata(signed));
}

/** Makes a pair of keys; files that exist are left alone, as somebody may need them. */
function generate(context: CommandContext, name: string): void {
  const { publicFile, secretFile } = givenEngine(context).generate();
  const base = resolvePath(context, name);
  for (const [file, content, mode] of [
    [`${base}.secret`, secretFile, 0o600],
    [`${base}.public`, publicFile, 0o644],
  ] as const) {
    fs.writeFileSync(file, content, { flag: 'wx', mode });
  }
}

/** `sign COMMIT KEY...`. */
export async function run(context: CommandContext): Promise<void> {
  const { args } = context;
  const name = args.string('generate');
  if (name !== undefined) {
    if (args.positionals.length > 0) throw new UsageError('Cannot specify both --generate and a COMMIT');
    generate(context, name);
    return;
  }
  const repo = await openCommandRepo(context);
  const [rev, ...texts] = args.positionals;
  if (rev === undefined) throw new UsageError('Need a COMMIT to sign or verify');
  if (args.flag('verify') && args.flag('delete')) throw new UsageError('Cannot specify both --verify and --delete');
  const checksum = repo.resolve(rev);
  const detached = repo.readDetachedMetadata(checksum);
  const target: Target = {
    repo,
    checksum,
    bytes: repo.store.readMetadata('commit', checksum),
    metadata: detached === null ? [] : parseDetachedMetadata(detached),
    texts,
  };
  if (args.flag('verify')) verify(context, target);
  else if (args.flag('delete')) remove(context, target);
  else sign(context, target);
}
