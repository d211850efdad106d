import { OstError } from '@ost/objects';
import { dummyEngine, isDummyEnabled } from './dummy.js';
import { ed25519 } from './ed25519.js';
import type { SignatureEngine } from './engine.js';
import { spki } from './spki.js';

/**
 * The engine of a name.
 * @param env tells whether the `dummy` engine may be used
 * @throws OstError `unsupported`
 */
export function signatureEngine(name: string, env: NodeJS.ProcessEnv = process.env): SignatureEngine {
  const engine = [ed25519, spki, dummyEngine(env)].find((known) => known.name === name);
  if (engine !== undefined) return engine;
  throw new OstError('unsupported', 'Requested signature type is not implemented', { data: { type: name } });
}

/** Every engine that can be used, in the order in which they are asked. */
export function signatureEngines(env: NodeJS.ProcessEnv = process.env): SignatureEngine[] {
  return [ed25519, spki, ...(isDummyEnabled(env) ? [dummyEngine(env)] : [])];
}
