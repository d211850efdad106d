import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, Place } from './support/ost.js';
import { document, faults, type Schema } from './support/schema.js';

const place = new Place();
const root = place.at('root');
// Deployments that are not immutable can be removed again.
process.env['OSTREE_SYSROOT_DEBUG'] = 'mutable-deployments,no-xattrs';

function admin(...argv: string[]): Promise<string> {
  return good(['admin', `--sysroot=${root}`, ...argv]);
}

function failing(...argv: string[]): Promise<string> {
  return bad(['admin', `--sysroot=${root}`, ...argv]);
}

function deployedNames(): readonly string[] {
  return fs.readdirSync(`${root}/ostree/deploy/os/deploy`).filter((name) => !name.endsWith('.origin'));
}

function commitOs(version: string): Promise<string> {
  place.write('os/usr/lib/os-release', 'PRETTY_NAME="Test OS"\nID=test\n');
  place.write('os/usr/lib/modules/1.0/vmlinuz', 'kernel');
  place.write('os/usr/lib/modules/1.0/initramfs.img', 'initramfs');
  place.write('os/usr/etc/conf', version);
  const fixed = ['--owner-uid=0', '--owner-gid=0', `--add-metadata-string=version=${version}`];
  return good(['commit', `--repo=${root}/ostree/repo`, '-b', 'os/stable', ...fixed, place.at('os')]);
}

// Deployments change owners and modes as only root can.
describe.skipIf(process.getuid?.() !== 0)('admin', () => {
  beforeAll(async () => {
    fs.mkdirSync(root);
    await good(['admin', 'init-fs', '--modern', root]);
    await good(['config', `--repo=${root}/ostree/repo`, 'set', 'sysroot.bootloader', 'none']);
    await commitOs('1');
  });

  test('an empty root', async () => {
    expect(await admin('status')).toBe('No deployments.\n');
    expect(JSON.parse(await admin('status', '--json'))).toEqual({ deployments: [] });
    expect(await failing('--print-current-dir')).toBe('Unable to find a deployment in sysroot');
    expect(await failing('deploy', '--os=os', 'os/stable')).toBe('No such stateroot: os');
    expect(await failing('upgrade')).toBe('Not currently booted into an OSTree system and no OS specified');
  });

  test('deploy, status and undeploy', async () => {
    expect(await admin('os-init', 'os')).toBe('ostree/deploy/os initialized as OSTree root\n');
    expect(await failing('os-init', 'os')).toBe('Creating ostree/deploy/os: File exists');
    const out = await admin('deploy', '--os=os', '--karg=root=LABEL=x', 'os/stable');
    expect(out).toContain(
      'Bootloader updated; bootconfig swap: yes; bootversion: boot.1.1, deployment count change: 1\n',
    );
    expect(await admin('status')).toMatch(/^ {2}os [0-9a-f]{64}\.0\n {4}Version: 1\n {4}origin refspec: os\/stable\n$/);
    const { deployments } = JSON.parse(await admin('status', '--json')) as { deployments: object[] };
    expect(deployments[0]).toMatchObject({
      stateroot: 'os',
      serial: 0,
      refspec: 'os/stable',
      booted: false,
      version: '1',
    });
    expect(await admin('--print-current-dir')).toMatch(/\/ostree\/deploy\/os\/deploy\/[0-9a-f]{64}\.0\n$/);

    await commitOs('2');
    expect(await admin('upgrade', '--os=os')).toContain('Copying /etc changes: ');
    expect(await admin('upgrade', '--os=os')).toBe('No update available.\n');
    expect(await admin('pin', '1')).toBe('Deployment 1 is now pinned\n');
    expect(await admin('pin', '1')).toBe('Deployment 1 is already pinned\n');
    expect(await admin('pin', '-u', '1')).toBe('Deployment 1 is now unpinned\n');
    await admin('pin', '0');
    place.write(`root/ostree/deploy/os/deploy/${deployedNames()[0]}/etc/local`, '');
    const documented = async (...words: string[]): Promise<unknown> => {
      const value: unknown = JSON.parse(await admin(...words, '--json'));
      const name = `admin ${words[0]}`;
      expect(faults(document.commands[name] as Schema, value), name).toEqual([]);
      return value;
    };
    expect(await documented('status')).toMatchObject({ deployments: [{ pinned: true }, { pinned: false }] });
    expect(await documented('config-diff', '--os=os')).toMatchObject({ removed: [] });
    await documented('diff', '0', '1');
    await admin('pin', '-u', '0');
    await admin('set-default', '1');
    expect(await admin('status')).toMatch(/Version: 1[\s\S]*Version: 2/);
    expect(await failing('undeploy', '7')).toBe('Out of range deployment index 7, expected < 2');
    expect(await failing('undeploy', 'x')).toBe('Invalid index: x');
    expect(await admin('undeploy', '1')).toMatch(/\nDeleted deployment [0-9a-f]{64}\.0\n$/);
  });

  test('diff of two deployments', async () => {
    const status = 'Package: vi\nStatus: install ok installed\nArchitecture: amd64\nVersion: ';
    place.write('os/usr/lib/sysimage/dpkg/status', `${status}1\n\nPackage: gone\nStatus: deinstall ok config-files\n`);
    await commitOs('3');
    await admin('upgrade', '--os=os');
    const other = 'Package: ed\nStatus: install ok installed\nVersion: 5\n';
    place.write('os/usr/lib/sysimage/dpkg/status', `${status}2\n\n${other}`);
    place.write('os/usr/bin/ed', 'ed');
    await commitOs('4');
    await admin('upgrade', '--os=os');
    await admin('instutil', 'set-kargs', '--merge', '--append=quiet');
    const text = await admin('diff', '1', '0');
    expect(text.split('\n')).toEqual([
      'Kernel arguments:',
      'A    quiet',
      'Packages:',
      'M    vi:amd64 1 -> 2',
      'A    ed:all 5',
      'Files:',
      'M    /usr/etc/conf',
      'M    /usr/lib/sysimage/dpkg/status',
      'A    /usr/bin',
      'A    /usr/bin/ed',
      '/etc:',
      'M    conf',
      '',
    ]);
    for (const [command, line] of [
      ['admin status', ['status']],
      ['admin diff', ['diff', '1', '0']],
    ] as const) {
      const value: unknown = JSON.parse(await admin(...line, '--json'));
      expect(faults(document.commands[command] as Schema, value)).toEqual([]);
    }
    expect(await admin('diff', '0', '0')).toBe('');
    expect(await failing('diff', '0')).toContain('FROM and TO must be specified');
    await admin('undeploy', '1');
    await admin('instutil', 'set-kargs', 'root=LABEL=x');
  });

  test('kernel arguments', async () => {
    const entry = (): string => {
      const file = fs.readdirSync(`${root}/boot/loader/entries`)[0] as string;
      return /^options (.*)$/m.exec(fs.readFileSync(`${root}/boot/loader/entries/${file}`, 'utf8'))?.[1] ?? '';
    };
    await admin('kargs', 'edit-in-place', '--append-if-missing=quiet');
    expect(entry()).toMatch(/ quiet$/);
    await admin('instutil', 'set-kargs', '--merge', '--replace=root=LABEL=y', 'last');
    expect(entry()).toMatch(/^root=LABEL=y .*quiet last$/);
  });

  test('origin and configuration', async () => {
    await admin('set-origin', '--index=0', '--set=gpg-verify=false', 'vendor', 'http://example.com');
    expect(await admin('status')).toContain('origin refspec: vendor:os/stable\n');
    expect(await failing('set-origin', 'vendor')).toBe('REMOTENAME and URL must be specified');
    const dir = (await admin('--print-current-dir')).trim();
    fs.writeFileSync(`${dir}/etc/local`, 'x');
    expect(await admin('config-diff', '--os=os')).toBe('A    local\n');
    expect(await failing('config-diff')).toContain('Not currently booted into an OSTree system');
  });

  test('refused', async () => {
    expect(await failing('upgrade', '--os=os', '--kexec')).toContain('kexec');
    expect(await failing('deploy', '--os=os', '--stage', 'os/stable')).toBe(
      'Cannot stage deployment: Not currently booted into an OSTree system',
    );
  });

  test('commands for a running system refuse one that does not run', async () => {
    expect(await failing('unlock')).toBe('Not currently booted into an OSTree system');
    expect(await failing('unlock', '--hotfix', '--transient')).toContain(
      'Cannot specify both --hotfix and --transient',
    );
    expect(await failing('unlock', 'more')).toContain('This command takes no extra arguments');
    expect(await failing('prepare-soft-reboot')).toContain('INDEX must be specified');
    expect(await failing('prepare-soft-reboot', '0')).toBe('Not currently booted into an OSTree system');
    expect(await admin('prepare-soft-reboot', '--reset')).toBe('');
    expect(await failing('state-overlay', 'opt')).toContain('Missing NAME or MOUNTPATH');
    expect(await failing('state-overlay', '../opt', '/opt')).toBe('Invalid overlay name: ../opt');
    expect(await failing('state-overlay', 'opt', '/opt')).toBe('Must be booted into an OSTree deployment');
  });

  test('post-copy has something to do with fs-verity only', async () => {
    expect(await admin('post-copy')).toBe('');
    await good(['config', `--repo=${root}/ostree/repo`, 'set', 'ex-integrity.fsverity', 'yes']);
    expect(await failing('post-copy')).toBe('fs-verity is not supported (ex-integrity.fsverity=yes)');
    await good(['config', `--repo=${root}/ostree/repo`, 'unset', 'ex-integrity.fsverity']);
  });
});

afterAll(() => place.remove());
