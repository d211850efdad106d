/** The life of a device: first boot, upgrade, unlock, roll-back, a staged upgrade, a hotfix, a bad upgrade. */
import { withMachine } from './machine.mjs';

/** @typedef {import('./checks.mjs').Checks} Checks */
/** @typedef {import('./machine.mjs').Machine} Machine */

/** @param {Machine} machine */
const version = (machine) => machine.ask('cat /usr/share/boot-test-version');

/**
 * @param {Machine} machine
 * @param {string} field
 * @returns {Promise<string>} the field of all deployments, in order
 */
async function deployments(machine, field) {
  const { deployments } = JSON.parse(await machine.ask('ost admin status --json'));
  return deployments.map((/** @type {Record<string, unknown>} */ one) => String(one[field])).join(' ');
}

/** @param {Machine} machine @param {Checks} checks @param {string} what @param {string} command */
async function refused(machine, checks, what, command) {
  const { status, output } = await machine.run(command);
  checks.check(what, status !== 0 && output.includes('Read-only file system'), output);
}

/** @param {Machine} machine @param {Checks} checks @param {string} expected */
async function healthy(machine, checks, expected) {
  checks.equal(`version ${expected} runs`, await version(machine), expected);
  const { output } = await machine.run('systemctl is-system-running --wait');
  checks.equal('the system comes up', output, 'running');
  checks.equal('no unit has failed', await machine.ask('systemctl --failed --no-legend --plain'), '');
  await machine.ask('test -e /run/ostree-booted');
  await refused(machine, checks, '/usr is read-only', 'touch /usr/written');
  await refused(machine, checks, '/sysroot is read-only', 'touch /sysroot/written');
  await refused(machine, checks, '/boot is read-only', 'touch /boot/written');
  await machine.ask('touch /etc/written /var/written && rm /etc/written /var/written');
}

/** @param {Machine} machine @param {Checks} checks */
async function firstBoot(machine, checks) {
  await healthy(machine, checks, '1');
  const target = await machine.ask('cat /proc/cmdline');
  checks.check('the bootloader took the entry that ost wrote', target.includes('ostree=/ostree/boot.'), target);
  await machine.ask(
    'echo edited >/etc/edited && rm /etc/deluser.conf && mkdir -p /var/lib/state && echo kept >/var/lib/state/file',
  );
  await machine.ask('ost admin upgrade', 240);
  checks.equal('the upgrade waits for the next boot', await deployments(machine, 'booted'), 'false true');
}

/** @param {Machine} machine @param {Checks} checks */
async function upgraded(machine, checks) {
  await healthy(machine, checks, '2');
  checks.equal(
    'edits of /etc came along',
    await machine.ask('cat /etc/edited; ls /etc/deluser.conf 2>/dev/null || true'),
    'edited',
  );
  checks.equal('new defaults came with the tree', await machine.ask('cat /etc/boot-test.conf'), 'default of version 2');
  checks.equal('/var is the same', await machine.ask('cat /var/lib/state/file'), 'kept');

  await machine.ask('ost admin unlock');
  await machine.ask('echo try >/usr/share/try');
  checks.equal('an unlocked /usr can be written', await machine.ask('cat /usr/share/try'), 'try');
  checks.equal('status says so', await deployments(machine, 'unlocked'), 'development none');
  await refused(machine, checks, '/sysroot stays read-only', 'touch /sysroot/written');

  await machine.ask('ost admin set-default 1');
  checks.equal('the old deployment is the default again', await deployments(machine, 'booted'), 'false true');
}

/** @param {Machine} machine @param {Checks} checks */
async function rolledBack(machine, checks) {
  await healthy(machine, checks, '1');
  checks.equal('what an unlocked /usr got is gone', await machine.ask('ls /usr/share/try 2>/dev/null || true'), '');
  checks.equal(
    '/etc is that of the deployment',
    await machine.ask('cat /etc/edited /etc/boot-test.conf'),
    'edited\ndefault of version 1',
  );

  await machine.ask('ost admin upgrade --stage', 240);
  checks.equal('the upgrade is staged', await deployments(machine, 'staged'), 'true false false');
  await machine.ask('echo late >/etc/late');
}

/** @param {Machine} machine @param {Checks} checks */
async function staged(machine, checks) {
  await healthy(machine, checks, '2');
  checks.equal('an edit after staging came along', await machine.ask('cat /etc/late'), 'late');
  checks.equal('nothing is staged any more', await deployments(machine, 'staged'), 'false false');

  await machine.ask('ost admin unlock --hotfix', 240);
  await machine.ask('echo fixed >/usr/share/hotfix');
  // As if the next shutdown could not finish a staged deployment.
  const stamp = 'mount -o remount,rw /boot && echo no space >/boot/ostree/finalize-failure.stamp';
  await machine.ask(`unshare --mount sh -c '${stamp}'`);
}

/** @param {Machine} machine @param {Checks} checks */
async function hotfixed(machine, checks) {
  checks.equal('version 2 runs', await version(machine), '2');
  await machine.run('systemctl is-system-running --wait');
  checks.equal('a hotfix lasts', await machine.ask('cat /usr/share/hotfix'), 'fixed');
  checks.equal('with a way back', await deployments(machine, 'unlocked'), 'hotfix none');
  const failed = await machine.ask('systemctl is-failed ostree-boot-complete.service');
  checks.equal('a failure at shutdown is reported', failed, 'failed');
  const journal = await machine.ask('journalctl -q -o cat -u ostree-boot-complete.service');
  const text = 'ostree-finalize-staged.service failed on previous boot: no space';
  checks.check('with its reason', journal.includes(text), journal);
  checks.equal('once', await machine.ask('ls /boot/ostree/finalize-failure.stamp 2>/dev/null || true'), '');
  await breakNext(machine);
}

/** @param {Machine} machine */
async function breakNext(machine) {
  // The next version has one boot to pass its health check, and will not.
  const setting = 'ost config --repo=/ostree/repo set sysroot.boot-counting-tries 1';
  await machine.ask(`unshare --mount sh -c 'mount -o remount,rw /sysroot && ${setting}'`);
  await machine.ask('touch /var/lib/state/broken');
  await machine.ask('ost admin switch boot-test:os/one', 240);
}

/** @param {Machine} machine @param {Checks} checks */
async function unhealthy(machine, checks) {
  checks.equal('the new version has its boot', await version(machine), '1');
  await machine.run('systemctl is-system-running --wait');
  checks.equal('its health check fails', await machine.ask('systemctl is-failed boot-test-health.service'), 'failed');
  checks.check('the boot was counted', (await machine.ask('ls /boot/loader/entries')).includes('+0-1.conf'));
}

/** @param {Machine} machine @param {Checks} checks */
async function wentBack(machine, checks) {
  checks.equal('the old version is back by itself', await version(machine), '2');
  checks.equal('as the default', await deployments(machine, 'booted'), 'true false');
}

/**
 * @param {string} disk it is changed
 * @param {string} dir for logs
 * @param {Checks} checks
 */
export async function scenario(disk, dir, checks) {
  for (const [name, boot] of Object.entries({ firstBoot, upgraded, rolledBack, staged, hotfixed, unhealthy })) {
    await withMachine(disk, `${dir}/${name}.log`, async (machine) => {
      await machine.ready();
      console.log(`${name}: up`);
      await boot(machine, checks);
      await machine.shutDown();
    });
  }
  // Notices that no boot is left, goes back and reboots.
  await withMachine(disk, `${dir}/goingBack.log`, (machine) => machine.end(120));
  await withMachine(disk, `${dir}/wentBack.log`, async (machine) => {
    await machine.ready();
    await wentBack(machine, checks);
    await machine.shutDown();
  });
}
