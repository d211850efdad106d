import * as fs from 'node:fs';
import * as path from 'node:path';
import { isOstError, OstError } from '@ost/objects';
import type { PublicKey, SignatureEngine } from './engine.js';
import { readKeyBytes, validKeys } from './key-files.js';

/** Where the keys of a machine are: those of its administrator, and those of its system. */
export const KEY_DIRECTORIES: readonly string[] = ['/etc/ostree', '/usr/share/ostree'];

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The regular files among `NAME` and those in `NAME.d`. */
function filesOf(name: string): string[] {
  let inDirectory: string[] = [];
  try {
    inDirectory = fs.readdirSync(`${name}.d`).sort();
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return [name, ...inDirectory.map((entry) => path.join(`${name}.d`, entry))].filter(
    (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true,
  );
}

function trustedIn(engine: SignatureEngine, file: string): PublicKey[] {
  try {
    return validKeys(engine, engine.splitKeyFile(readKeyBytes(file), 'public'));
  } catch (error) {
    // A file of another form has no keys of this engine.
    if (isOstError(error) && error.code === 'invalid-argument') return [];
    throw error;
  }
}

/** Nothing malformed is left out here: it may be the key that must not be trusted any more. */
function revokedIn(engine: SignatureEngine, file: string): PublicKey[] {
  try {
    return engine.splitKeyFile(readKeyBytes(file), 'public').map((text) => engine.publicKey(text));
  } catch (error) {
    if (!isOstError(error)) throw error;
    throw new OstError('config', `Revoked keys in '${file}': ${error.message}`, { cause: error, data: { path: file } });
  }
}

function filesFor(engine: SignatureEngine, list: string, directories: readonly string[]): string[] {
  return directories.flatMap((directory) => filesOf(path.join(directory, `${list}.${engine.name}`)));
}

/**
 * The keys in `trusted.ENGINE` and `trusted.ENGINE.d` of some directories (transfer format, "Key loading and
 * revocation"). What is malformed is left out.
 */
export function readTrustedKeys(
  engine: SignatureEngine,
  directories: readonly string[] = KEY_DIRECTORIES,
): PublicKey[] {
  return filesFor(engine, 'trusted', directories).flatMap((file) => trustedIn(engine, file));
}

/**
 * The keys in `revoked.ENGINE` and `revoked.ENGINE.d` of some directories.
 * @throws OstError `config` for a list that cannot be read as a whole
 */
export function readRevokedKeys(
  engine: SignatureEngine,
  directories: readonly string[] = KEY_DIRECTORIES,
): PublicKey[] {
  return filesFor(engine, 'revoked', directories).flatMap((file) => revokedIn(engine, file));
}
