import { OstError } from '@ost/objects';
import type { PublicKey, SignatureEngine } from './engine.js';
import { SIGN_LIMITS } from './limits.js';
import { outcomeOf, type SignatureOutcome } from './outcome.js';

/** Whose signatures count. */
export interface KeySet {
  readonly trusted: readonly PublicKey[];
  /** What these signed never counts, even if they are trusted as well. */
  readonly revoked: readonly PublicKey[];
}

/**
 * Looks at all signatures of one engine over some data. One that a trusted key made is enough, wherever it stands among
 * others (transfer format, "Key loading and revocation").
 * @param signatures the engine's entry of the signature dictionary; undefined when it has none
 * @throws OstError `limit` for more signatures than anybody needs
 */
export function verifySignatures(
  engine: SignatureEngine,
  keys: KeySet,
  data: Uint8Array,
  signatures: readonly Uint8Array[] | undefined,
): SignatureOutcome {
  const { name } = engine;
  if (signatures === undefined) return outcomeOf(name, { reason: 'absent' });
  if (signatures.length === 0) return outcomeOf(name, { reason: 'empty' });
  if (signatures.length > SIGN_LIMITS.signatures) {
    const what = `${name}: ${signatures.length} signatures are more than the ${SIGN_LIMITS.signatures} that are looked at`;
    throw new OstError('limit', what, { data: { engine: name, signatures: signatures.length } });
  }
  const revoked = new Set(keys.revoked.map(({ id }) => id));
  const usable = keys.trusted.filter(({ id }) => !revoked.has(id));
  const tried: string[] = [];
  let revokedKey: string | null = null;
  let detail: string | null = null;
  let wellFormed = 0;
  for (const signature of signatures) {
    const problem = engine.malformed(signature);
    if (problem !== null) {
      detail ??= problem;
      continue;
    }
    wellFormed++;
    // Asked first: two encodings of one key have two names.
    const banned = keys.revoked.find((key) => key.verify(data, signature));
    if (banned !== undefined) {
      revokedKey ??= banned.id;
      continue;
    }
    for (const key of usable) {
      if (key.verify(data, signature)) return outcomeOf(name, { reason: 'good', key: key.id });
      tried.push(key.id);
    }
  }
  if (revokedKey !== null) return outcomeOf(name, { reason: 'revoked', key: revokedKey });
  if (usable.length === 0) return outcomeOf(name, { reason: 'no-keys' });
  if (wellFormed === 0 && detail !== null) return outcomeOf(name, { reason: 'malformed', detail });
  return outcomeOf(name, { reason: 'wrong', tried, signatures: signatures.length });
}
