import * as fs from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { isOstError, OstError } from '@ost/objects';
import type { PublicKey, SecretKey, SignatureEngine } from './engine.js';
import { SIGN_LIMITS } from './limits.js';

/** The content of a key file; only regular files of a sensible size are read. */
export function readKeyBytes(file: string): Uint8Array {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw new OstError('invalid-argument', `File object '${file}' is not a regular file`);
    if (stat.size > SIGN_LIMITS.keyFile) {
      throw new OstError('limit', `Key file '${file}' is larger than ${SIGN_LIMITS.keyFile} bytes`);
    }
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function open(file: string): Uint8Array {
  try {
    return readKeyBytes(file);
  } catch (error) {
    if (isOstError(error)) throw error;
    const { code, errno = 0, message } = error as NodeJS.ErrnoException;
    const kind = code === 'ENOENT' || code === 'ENOTDIR' ? 'not-found' : 'io';
    const reason = getSystemErrorMap().get(errno)?.[1] ?? message;
    throw new OstError(kind, `Reading key file '${file}': ${reason}`, { cause: error, data: { path: file } });
  }
}

function split(engine: SignatureEngine, file: string, kind: 'public' | 'secret'): string[] {
  const bytes = open(file);
  try {
    return engine.splitKeyFile(bytes, kind);
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Key file '${file}': `) : error;
  }
}

/** The public keys among some texts, the others left out. */
export function validKeys(engine: SignatureEngine, texts: readonly string[]): PublicKey[] {
  return texts.flatMap((text) => {
    try {
      return [engine.publicKey(text)];
    } catch (error) {
      if (isOstError(error) && error.code === 'invalid-argument') return [];
      throw error;
    }
  });
}

/**
 * The public keys in a file. Keys that are malformed are left out, as long as one is good.
 * @throws OstError `not-found`, `io`, `limit`, `invalid-argument`
 */
export function readPublicKeys(engine: SignatureEngine, file: string): PublicKey[] {
  const keys = validKeys(engine, split(engine, file, 'public'));
  if (keys.length > 0) return keys;
  const what = `signature: ${engine.name}: no valid keys in file '${file}'`;
  throw new OstError('invalid-argument', what, { data: { path: file } });
}

/**
 * The secret keys in a file. All must be good: whoever signs with a file means all that is in it.
 * @throws OstError `not-found`, `io`, `limit`, `invalid-argument`
 */
export function readSecretKeys(engine: SignatureEngine, file: string): SecretKey[] {
  const texts = split(engine, file, 'secret');
  if (texts.length === 0) {
    const what = `signature: ${engine.name}: no valid keys in file '${file}'`;
    throw new OstError('invalid-argument', what, { data: { path: file } });
  }
  try {
    return texts.map((text) => engine.secretKey(text));
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Key file '${file}': `) : error;
  }
}
