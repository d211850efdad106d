import type { CompileOptions, SignedEnvelope } from '@ost/deltas';
import { OstError } from '@ost/objects';
import { type SignatureOutcome, verifySignatures } from '@ost/sign';
import type { CommandContext } from '../context.js';
import { givenEngine, givenPublicKeys, givenSecretKeys, namesPublicKeys } from './sign-keys.js';

/** What signs the superblocks of `static-delta generate`; undefined if they are not to be signed. */
export function deltaSigner(context: CommandContext): CompileOptions['sign'] {
  const { args } = context;
  const file = args.string('keys-file');
  const texts = args.list('sign');
  if (texts.length === 0 && file === undefined) return undefined;
  const engine = givenEngine(context);
  const keys = givenSecretKeys(context, engine, texts, file === undefined ? [] : [file]);
  return async (superblock) => new Map([[engine.name, keys.map((key) => key.sign(superblock))]]);
}

/** Verifies the envelope of a delta by the keys that the command line names, else by those of the machine. */
export function judgeDelta(
  context: CommandContext,
  envelope: SignedEnvelope | null,
  texts: readonly string[],
): SignatureOutcome {
  const engine = givenEngine(context);
  if (envelope === null) throw new OstError('signature', 'no signatures in static-delta');
  const signatures = envelope.signatures.get(engine.name);
  if (signatures === undefined) {
    throw new OstError('signature', `no signature for '${engine.metadataKey}' in static-delta superblock`);
  }
  return verifySignatures(engine, givenPublicKeys(context, engine, texts), envelope.signedData, signatures);
}

/**
 * Refuses a delta that must be signed and is not. It must be if keys are named, if the repository says so, or if it has
 * an envelope and the machine has keys.
 * @throws OstError `signature`
 */
export function requireSignedDelta(
  context: CommandContext,
  envelope: SignedEnvelope | null,
  texts: readonly string[],
  mandatory: boolean,
): void {
  if (!namesPublicKeys(context, texts)) {
    if (envelope === null && !mandatory) return;
    if (givenPublicKeys(context, givenEngine(context), []).trusted.length === 0) {
      if (!mandatory) return;
      throw new OstError('signature', 'Key is mandatory to check delta signature');
    }
  }
  const { valid, message } = judgeDelta(context, envelope, texts);
  if (!valid) throw new OstError('signature', message);
}
