import { OstError } from '@ost/objects';
import type { PublicKey, SignatureEngine } from './engine.js';

/** Both halves of a key are one text, and that text is every signature made with it. */
function keyOf(text: string): PublicKey {
  const bytes = Buffer.from(text);
  return { id: bytes.toString('hex'), verify: (_data, signature) => bytes.equals(signature) };
}

/** True when the environment says that {@link dummyEngine} may be used. */
export function isDummyEnabled(env: NodeJS.ProcessEnv): boolean {
  return env['OSTREE_DUMMY_SIGN_ENABLED'] === '1';
}

function noFiles(): never {
  throw new OstError('unsupported', 'dummy keys have no files');
}

/** The engine of libostree's own tests, which proves nothing. Without `OSTREE_DUMMY_SIGN_ENABLED=1` it has no keys. */
export function dummyEngine(env: NodeJS.ProcessEnv): SignatureEngine {
  const allowed = (text: string): string => {
    if (isDummyEnabled(env)) return text;
    throw new OstError('unsupported', 'dummy signature type is only for ostree testing');
  };
  return {
    name: 'dummy',
    metadataKey: 'ostree.sign.dummy',
    publicKey: (text) => keyOf(allowed(text)),
    secretKey: (text) => ({ publicKey: keyOf(allowed(text)), sign: () => new Uint8Array(Buffer.from(text)) }),
    splitKeyFile: noFiles,
    generate: noFiles,
    malformed: () => null,
  };
}
