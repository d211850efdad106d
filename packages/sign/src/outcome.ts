/**
 * What came of looking at one engine's signatures.
 *
 * - `good`: at least one was made with a trusted key
 * - `absent`, `empty`: there is no entry for the engine, or nothing in it
 * - `no-keys`: no key is trusted
 * - `revoked`: made with a key that is revoked
 * - `malformed`: none of them can be a signature at all
 * - `wrong`: made with other keys, or over something else
 */
export type SignatureReason = 'good' | 'absent' | 'empty' | 'no-keys' | 'revoked' | 'malformed' | 'wrong';

/** What {@link verifySignatures} found. */
export interface SignatureOutcome {
  /** Name of the engine. */
  readonly engine: string;
  readonly valid: boolean;
  readonly reason: SignatureReason;
  /** The key that made the good signature, or the revoked one; null otherwise. */
  readonly key: string | null;
  /** One line for people, as libostree words it. */
  readonly message: string;
}

/** Facts that a message is made of. */
export interface Finding {
  readonly reason: SignatureReason;
  readonly key?: string;
  /** Keys that were tried, once for each signature. */
  readonly tried?: readonly string[];
  /** How many signatures there are. */
  readonly signatures?: number;
  /** Why a signature is malformed. */
  readonly detail?: string;
}

/** Beyond so many, keys are counted and not named. */
const NAMED_KEYS = 3;

function text(engine: string, { reason, key = '', tried = [], detail = '' }: Finding): string {
  switch (reason) {
    case 'good':
      return `${engine}: Signature verified successfully with key '${key}'`;
    case 'absent':
      return `${engine}: commit have no signatures of my type`;
    case 'empty':
      return `${engine}: no signatures found`;
    case 'no-keys':
      return `signature: ${engine}: no keys loaded`;
    case 'revoked':
      return `${engine}: Signature was made with the revoked key '${key}'`;
    case 'malformed':
      return `${engine}: Invalid signature: ${detail}`;
    case 'wrong': {
      const keys = tried.map((id) => `key '${id}'`).join('; ');
      const named = `${engine}: Signature couldn't be verified with: ${keys}`;
      return tried.length <= NAMED_KEYS
        ? named
        : `${engine}: Signature couldn't be verified; tried ${tried.length} keys`;
    }
  }
}

/** The dummy engine's words, which name no keys. */
function dummyText(finding: Finding): string {
  switch (finding.reason) {
    case 'good':
      return 'dummy: Signature verified';
    case 'absent':
      return 'signature: dummy: commit have no signatures of my type';
    case 'empty':
      return 'signature: dummy: no signatures';
    case 'wrong':
      return `signature: dummy: incorrect signatures found: ${finding.signatures ?? 0}`;
    default:
      return text('dummy', finding);
  }
}

/** Puts a finding into words. */
export function outcomeOf(engine: string, finding: Finding): SignatureOutcome {
  const { reason, key = null } = finding;
  const message = engine === 'dummy' ? dummyText(finding) : text(engine, finding);
  return { engine, valid: reason === 'good', reason, key, message };
}
