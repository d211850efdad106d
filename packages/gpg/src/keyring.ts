import type { Key, Subkey } from 'openpgp';
import { isKeybox, keyboxPackets } from './keybox.js';
import { loadOpenPgp } from './openpgp.js';
import { concat, type RawPacket, splitPackets, TAG } from './packets.js';

/** One transferable public key: what a keyring consists of. */
export interface KeyringEntry {
  /** Fingerprint of the primary key, in upper-case hex. */
  readonly fingerprint: string;
  /** The packets of the key, without GnuPG's local trust packets. */
  readonly bytes: Uint8Array;
  /** @internal */
  readonly key: Key;
}

/** Keys by which signatures are verified; made by {@link readKeyring}. All of them are equally trusted. */
export interface Keyring {
  readonly entries: readonly KeyringEntry[];
}

/** A key of a keyring that may have made a signature. */
export interface Candidate {
  readonly key: Key;
  /** The subkey, or null if it is the primary key. */
  readonly subkey: Subkey | null;
}

/**
 * Reads keyring files: transferable public keys one after the other, binary or armored, or a
 * keybox of GnuPG's. Keys that cannot be read are
 * left out, as GnuPG leaves them out. Copies of one key are merged, so that a revocation in any of them counts.
 */
export async function readKeyring(files: Uint8Array | readonly Uint8Array[]): Promise<Keyring> {
  const merged = new Map<string, KeyringEntry>();
  for (const file of files instanceof Uint8Array ? [files] : files) {
    for (const entry of await readKeys(file)) {
      const known = merged.get(entry.fingerprint);
      merged.set(entry.fingerprint, known === undefined ? entry : await mergeEntries(known, entry));
    }
  }
  return { entries: [...merged.values()] };
}

/** The keys of one file in their order; empty if it holds none. */
export async function readKeys(file: Uint8Array): Promise<KeyringEntry[]> {
  const blocks = await readBlocks(file);
  return blocks.flatMap((block) => block.entry ?? []);
}

/** The keys of one file with those that cannot be read, for which `entry` is null. */
export async function readBlocks(file: Uint8Array): Promise<{ bytes: Uint8Array; entry: KeyringEntry | null }[]> {
  const packets = splitPackets(isKeybox(file) ? keyboxPackets(file) : await unarmor(file)) ?? [];
  const blocks: RawPacket[][] = [];
  // What stands before the first public key, and secret keys, belong to no entry.
  let block: RawPacket[] | null = null;
  for (const packet of packets) {
    if (packet.tag === TAG.secretKey) block = null;
    if (packet.tag === TAG.publicKey) {
      block = [];
      blocks.push(block);
    }
    if (packet.tag !== TAG.trust) block?.push(packet);
  }
  const result: { bytes: Uint8Array; entry: KeyringEntry | null }[] = [];
  for (const each of blocks) {
    const bytes = concat(each.map((packet) => packet.bytes));
    result.push({ bytes, entry: await readEntry(bytes) });
  }
  return result;
}

async function readEntry(bytes: Uint8Array): Promise<KeyringEntry | null> {
  const { lib, config } = await loadOpenPgp();
  try {
    const key = await lib.readKey({ binaryKey: bytes, config });
    return { fingerprint: key.getFingerprint().toUpperCase(), bytes, key };
  } catch {
    return null;
  }
}

/** Two copies of one key as one; the first if they cannot be merged. */
export async function mergeEntries(known: KeyringEntry, other: KeyringEntry): Promise<KeyringEntry> {
  if (sameBytes(known.bytes, other.bytes)) return known;
  const { config } = await loadOpenPgp();
  try {
    const key = await known.key.update(other.key as never, undefined, config);
    const bytes = key.write();
    return sameBytes(bytes, known.bytes) ? known : { fingerprint: known.fingerprint, bytes, key };
  } catch {
    return known;
  }
}

/** The keys that have this key ID (16 hex digits) and, where it is known, this fingerprint. */
export function findCandidates(keyring: Keyring, keyId: string, fingerprint: string | null): Candidate[] {
  const found: Candidate[] = [];
  for (const { key } of keyring.entries) {
    for (const part of [null, ...key.subkeys]) {
      const { keyPacket } = part ?? key;
      if (keyPacket.getKeyID().toHex() !== keyId.toLowerCase()) continue;
      if (fingerprint !== null && keyPacket.getFingerprint() !== fingerprint.toLowerCase()) continue;
      found.push({ key, subkey: part });
    }
  }
  return found;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const BEGIN = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const END = '-----END PGP PUBLIC KEY BLOCK-----';

/** The binary form; armored blocks may stand one after the other, with text in between. */
async function unarmor(file: Uint8Array): Promise<Uint8Array> {
  if (file.length === 0 || (file[0] as number) >= 0x80) return file;
  const { lib } = await loadOpenPgp();
  const text = new TextDecoder().decode(file);
  const parts: Uint8Array[] = [];
  for (let start = text.indexOf(BEGIN); start >= 0; ) {
    const end = text.indexOf(END, start);
    if (end < 0) break;
    try {
      const { data } = (await lib.unarmor(text.slice(start, end + END.length))) as { data: Uint8Array };
      parts.push(data);
    } catch {
      // A damaged block is left out like a damaged key.
    }
    start = text.indexOf(BEGIN, end);
  }
  return concat(parts);
}
