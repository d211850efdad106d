import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ed25519 } from '@ost/sign';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, Place } from './support/ost.js';

const place = new Place();
const [root, vendor] = [place.at('root'), place.at('vendor')];
const keys = ed25519.generate();
const stranger = ed25519.generate();
afterAll(() => place.remove());

function publish(version: string, ...more: string[]): Promise<string> {
  place.write('os/usr/lib/os-release', 'PRETTY_NAME="Test OS"\nID=test\n');
  place.write('os/usr/lib/modules/1.0/vmlinuz', 'kernel');
  place.write('os/usr/lib/modules/1.0/initramfs.img', 'initramfs');
  place.write('os/usr/etc/conf', version);
  const fixed = ['--owner-uid=0', '--owner-gid=0', `--add-metadata-string=version=${version}`];
  return good(['commit', `--repo=${vendor}`, '-b', 'os/stable', ...fixed, ...more, place.at('os')]);
}

const admin = (...argv: string[]): string[] => ['admin', `--sysroot=${root}`, ...argv];
const signed = (secret: string): string => `--sign=${secret.trim()}`;

// Deployments change owners and modes as only root can.
describe.skipIf(process.getuid?.() !== 0)('a system whose remote has ed25519 keys', () => {
  beforeAll(async () => {
    process.env['OSTREE_SYSROOT_DEBUG'] = 'mutable-deployments,no-xattrs';
    const repo = `${root}/ostree/repo`;
    fs.mkdirSync(root);
    await good(['init', `--repo=${vendor}`, '--mode=archive']);
    await good(['admin', 'init-fs', '--modern', root]);
    await good(['config', `--repo=${repo}`, 'set', 'sysroot.bootloader', 'none']);
    await publish('1', signed(keys.secretFile));
    const trust = [`--sign-verify=ed25519=inline:${keys.publicFile.trim()}`, '--set=sign-verify-summary=ed25519'];
    await good(['remote', `--repo=${repo}`, 'add', '--no-gpg-verify', ...trust, 'v', pathToFileURL(vendor).href]);
    await good(['summary', `--repo=${vendor}`, '-u', signed(keys.secretFile)]);
    await good(['pull', `--repo=${repo}`, 'v', 'os/stable']);
    await good(admin('os-init', 'os'));
    await good(admin('deploy', '--os=os', 'v:os/stable'));
  });

  test('upgrades to what is signed, and to nothing else', async () => {
    const before = await good(admin('status'));
    for (const more of [[], [signed(stranger.secretFile)]]) {
      await publish('2', ...more);
      await good(['summary', `--repo=${vendor}`, '-u', signed(keys.secretFile)]);
      expect(await bad(admin('upgrade', '--os=os'))).toMatch(/^Can't verify commit /);
    }
    await publish('2', signed(stranger.secretFile), signed(keys.secretFile));
    await good(['summary', `--repo=${vendor}`, '-u', signed(stranger.secretFile)]);
    expect(await bad(admin('upgrade', '--os=os'))).toMatch(/^ed25519: Signature couldn't be verified with: key/);
    expect(await good(admin('status'))).toBe(before);
    await good(['summary', `--repo=${vendor}`, '-u', signed(keys.secretFile)]);
    await good(admin('upgrade', '--os=os'));
    expect(await good(admin('status'))).toContain('Version: 2');
    expect(await good(admin('upgrade', '--os=os'))).toContain('No update available.\n');
  });
});
