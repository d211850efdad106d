import { describe, expect, it } from 'vitest';
import { journalEntry, type SysrootMessage } from '@ost/sysroot';

const text = (message: SysrootMessage): string => Buffer.from(journalEntry(message)).toString('latin1');

describe('an entry in the journal', () => {
  it('has the fields that libostree gives it', () => {
    const written: SysrootMessage = {
      type: 'deployments-written',
      text: 'Transaction complete',
      bootloader: 'grub2',
      bootloaderSetting: 'auto',
      atomic: true,
      bootSwap: false,
      bootversion: 1,
      subbootversion: 0,
      deployments: 2,
      change: 1,
    };
    expect(text(written)).toBe(
      'MESSAGE=Transaction complete\nPRIORITY=6\nSYSLOG_IDENTIFIER=ost\nMESSAGE_ID=dd440e3e549083b63d0efc7dc15255f1\nOSTREE_BOOTLOADER=grub2\n' +
        'OSTREE_BOOTLOADER_CONFIG=auto\nOSTREE_BOOTLOADER_ATOMIC=yes\nOSTREE_DID_BOOTSWAP=no\nOSTREE_N_DEPLOYMENTS=2\n',
    );
    expect(text({ type: 'etc-merge', text: 'Copying', modified: 1, removed: 2, added: 3 })).toMatch(
      /\nETC_N_MODIFIED=1\nETC_N_REMOVED=2\nETC_N_ADDED=3\n$/,
    );
    expect(text({ type: 'finalizing', text: 'Finalizing', os: 'os', checksum: 'c', serial: 4 })).toMatch(
      /\nOSTREE_OSNAME=os\nOSTREE_CHECKSUM=c\nOSTREE_DEPLOYSERIAL=4\n$/,
    );
    expect(text({ type: 'relabel-var', text: 'Relabeling', os: 'os' })).toContain('MESSAGE_ID=da679b08');
  });

  it('holds texts of several lines', () => {
    expect(text({ type: 'etc-ignored', text: 'a\nb', path: 'b' })).toBe(
      'MESSAGE\n\u0003\0\0\0\0\0\0\0a\nb\nPRIORITY=6\nSYSLOG_IDENTIFIER=ost\n',
    );
  });
});
