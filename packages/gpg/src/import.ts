import { OstError } from '@ost/objects';
import { type KeyringEntry, mergeEntries, readBlocks, readKeys } from './keyring.js';
import { concat } from './packets.js';

/** Options of {@link importKeys}. */
export interface ImportOptions {
  /**
   * Import only these keys: fingerprints or key IDs in hex, of primary keys or subkeys, or parts of a user ID.
   * @default all keys of the data
   */
  readonly keyIds?: readonly string[];
}

/** What {@link importKeys} did. */
export interface ImportResult {
  /** The whole keyring in its binary form, to be stored as `REMOTE.trustedkeys.gpg`. */
  readonly keyring: Uint8Array;
  /** How many keys are new; a key that was there and only got new signatures does not count. */
  readonly imported: number;
  /** Fingerprints of the keys that were selected from the data, new or not. */
  readonly fingerprints: readonly string[];
}

/**
 * Adds the keys in `data` (binary or armored) to a keyring. A key that is there already is merged, so that new
 * expiry dates and revocations arrive.
 *
 * @example
 * ```ts
 * const { keyring, imported } = await importKeys(null, armoredKeys);
 * console.log(`Imported ${imported} GPG key${imported === 1 ? '' : 's'} to remote "${remote}"`);
 * ```
 */
export async function importKeys(
  existing: Uint8Array | null,
  data: Uint8Array,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const keys = await readKeys(data);
  if (keys.length === 0) throw new OstError('signature', 'Unable to export keys: GPGME: No data');
  const selected = options.keyIds?.length ? select(keys, options.keyIds) : keys;
  const entries = new Map<string, KeyringEntry>();
  // Keys that this package cannot read may mean something to GnuPG, so they stay.
  const unread: Uint8Array[] = [];
  for (const { bytes, entry } of existing === null ? [] : await readBlocks(existing)) {
    if (entry === null) unread.push(bytes);
    else entries.set(entry.fingerprint, entry);
  }
  const before = entries.size;
  for (const key of selected) {
    const known = entries.get(key.fingerprint);
    entries.set(key.fingerprint, known === undefined ? key : await mergeEntries(known, key));
  }
  return {
    keyring: concat([...[...entries.values()].map((entry) => entry.bytes), ...unread]),
    imported: entries.size - before,
    fingerprints: [...new Set(selected.map((key) => key.fingerprint))],
  };
}

function select(keys: readonly KeyringEntry[], keyIds: readonly string[]): KeyringEntry[] {
  return keyIds.map((id) => {
    const found = keys.find((key) => matches(key, id));
    if (found === undefined) throw new OstError('not-found', `Unable to find key "${id}": GPGME: End of file`);
    return found;
  });
}

function matches({ key, fingerprint }: KeyringEntry, id: string): boolean {
  const wanted = id.replace(/^0x/i, '').replace(/!$/, '').toUpperCase();
  if (/^(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{32,64})$/.test(wanted)) {
    const parts = [fingerprint, ...key.subkeys.map((subkey) => subkey.getFingerprint().toUpperCase())];
    return parts.some((part) => part.endsWith(wanted));
  }
  return key.getUserIDs().some((userId) => userId.toUpperCase().includes(id.toUpperCase()));
}
