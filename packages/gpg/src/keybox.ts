import { OstError } from '@ost/objects';
import { concat } from './packets.js';

/** Records of a keybox that this package looks at (keybox format of GnuPG, 'Types'). */
const OPENPGP = 2;
/** What is before the keys of an OpenPGP record: length, type, version, flags, offset and length of the packets. */
const HEADER = 16;
/** The record was written for a moment only; GnuPG does not take it for a key of the user's. */
const EPHEMERAL = 2;

/** Whether a file is a keybox (`pubring.kbx`), the way GnuPG keeps keys today: its first record has this magic. */
export function isKeybox(file: Uint8Array): boolean {
  return String.fromCharCode(...file.subarray(8, 12)) === 'KBXf';
}

/**
 * The OpenPGP packets of all keys in a keybox, as a keyring has them.
 * @throws OstError `corrupt` when a record is not whole: what is lost might be a revocation
 */
export function keyboxPackets(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const keys: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = at + 5 <= file.length ? view.getUint32(at) : 0;
    if (length < 5 || length > file.length - at) throw malformed();
    if (view.getUint8(at + 4) === OPENPGP) {
      if (length < HEADER) throw malformed();
      const offset = view.getUint32(at + 8);
      const size = view.getUint32(at + 12);
      if (offset + size > length) throw malformed();
      const ephemeral = (view.getUint16(at + 6) & EPHEMERAL) !== 0;
      if (!ephemeral) keys.push(file.subarray(at + offset, at + offset + size));
    }
    at += length;
  }
  return concat(keys);
}

function malformed(): OstError {
  return new OstError('corrupt', 'Malformed GnuPG keybox');
}
