import type { Verdict } from '@ost/fetch';
import type { Metadata } from '@ost/objects';
import { signaturesOf, verifySignatures } from '@ost/sign';
import type { EngineKeys } from './remote-engines.js';

/**
 * Whether one of several engines finds a good signature. Engines that have not signed are passed over; the first
 * success is enough (transfer format, "Key loading and revocation").
 */
export function engineVerdict(engines: readonly EngineKeys[], data: Uint8Array, metadata: Metadata): Verdict {
  const failures: string[] = [];
  for (const { engine, keys } of engines) {
    const signatures = signaturesOf(engine, metadata);
    if (signatures === undefined) continue;
    const { valid, message } = verifySignatures(engine, keys, data, signatures);
    if (valid) return { valid, lines: [message] };
    failures.push(message);
  }
  const [first = 'No signatures found', ...others] = failures;
  const more = others.length === 0 ? '' : `(${others.length} other invalid signatures): `;
  return { valid: false, message: `${more}${first}` };
}
