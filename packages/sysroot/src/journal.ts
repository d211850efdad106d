import { isLinuxError, sendDatagram } from '@ost/linux';
import type { SysrootMessage } from './messages.js';

const SOCKET = '/run/systemd/journal/socket';
/** Without a journal, or with one that does not keep up, there is nobody to tell. */
const NOBODY = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EAGAIN', 'unsupported']);
const INFO = '6';

type Fields = Readonly<Record<string, string>>;

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

/** Fields by which programs find a message in the journal: libostree's. */
function fieldsOf(message: SysrootMessage): Fields {
  switch (message.type) {
    case 'relabel-var':
      return { MESSAGE_ID: 'da679b08acd34504b789d96f818ea781' };
    case 'etc-merge':
      return {
        MESSAGE_ID: 'd3863baec13e4449ab0384684a8af3a7',
        ETC_N_MODIFIED: String(message.modified),
        ETC_N_REMOVED: String(message.removed),
        ETC_N_ADDED: String(message.added),
      };
    case 'deployments-written':
      return {
        MESSAGE_ID: 'dd440e3e549083b63d0efc7dc15255f1',
        OSTREE_BOOTLOADER: message.bootloader,
        OSTREE_BOOTLOADER_CONFIG: message.bootloaderSetting,
        OSTREE_BOOTLOADER_ATOMIC: yesOrNo(message.atomic),
        OSTREE_DID_BOOTSWAP: yesOrNo(message.bootSwap),
        OSTREE_N_DEPLOYMENTS: String(message.deployments),
      };
    case 'finalizing':
      return {
        MESSAGE_ID: 'e8646cd63dff4625b77909a8e7a40994',
        OSTREE_OSNAME: message.os,
        OSTREE_CHECKSUM: message.checksum,
        OSTREE_DEPLOYSERIAL: String(message.serial),
      };
    default:
      return {};
  }
}

/** A message as an entry in the journal's own format: libostree's text, and its fields for programs. */
export function journalEntry(message: SysrootMessage): Uint8Array {
  const fields: Fields = { MESSAGE: message.text, PRIORITY: INFO, SYSLOG_IDENTIFIER: 'ost', ...fieldsOf(message) };
  return Buffer.concat(Object.entries(fields).map(([name, value]) => field(name, Buffer.from(value))));
}

/** A value with newlines is preceded by its length. */
function field(name: string, value: Buffer): Buffer {
  if (!value.includes(10)) return Buffer.concat([Buffer.from(`${name}=`), value, Buffer.from('\n')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, value, Buffer.from('\n')]);
}

/** Notes a message in the journal of the running system. */
export function logToJournal(message: SysrootMessage): void {
  try {
    sendDatagram(SOCKET, journalEntry(message));
  } catch (error) {
    if (!isLinuxError(error) || !NOBODY.has(error.code)) throw error;
  }
}
