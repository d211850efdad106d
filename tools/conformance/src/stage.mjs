import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

const INSTALLED = ['/usr/libexec/installed-tests/libostree', '/usr/lib/installed-tests/libostree'];

/** The web server that the real ostree's tests run against; its command line has none in Debian's build. */
const HELPER = '/usr/libexec/libostree/ostree-trivial-httpd';

/** @returns {string | undefined} where libostree's tests are installed */
export const findTests = () => INSTALLED.find((dir) => existsSync(join(dir, 'libtest.sh')));

/** Any id without rights will do. */
export const NOBODY = 65534;

/**
 * The folder that the scripts run from.
 *
 * @typedef {object} Stage
 * @property {string} base
 * @property {string} tests the scripts
 * @property {string} bin goes in front of PATH
 * @property {readonly string[]} scripts every script's name
 */

/**
 * Copies the tests to a place where the file that libtest.sh prefers over `ostree trivial-httpd` is not beside them,
 * and puts the program under test in front of PATH by the name `ostree`.
 *
 * @param {string} tests
 * @param {string | undefined} program the executable script to stand in for ostree; without it the real one runs
 * @returns {Promise<Stage>}
 */
export async function makeStage(tests, program) {
  // Not in /tmp: that may be a tmpfs without extended attributes.
  const base = await mkdtemp('/var/tmp/ost-conformance-');
  await chmod(base, 0o755);
  const copy = join(base, 'libexec/installed-tests/libostree');
  await mkdir(join(base, 'libexec/installed-tests'), { recursive: true });
  await cp(tests, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const bin = join(base, 'bin');
  await mkdir(bin);
  if (program !== undefined) {
    await symlink(program, join(bin, 'ostree'));
    await writeFile(join(bin, 'rofiles-fuse'), '#!/bin/sh\nexec ostree rofiles "$@"\n', { mode: 0o755 });
  } else if (existsSync(HELPER)) {
    await mkdir(join(base, 'libexec/libostree'));
    await symlink(HELPER, join(base, 'libexec/libostree/ostree-trivial-httpd'));
  }
  const entries = await readdir(copy);
  const scripts = entries.filter((name) => /^test-.*\.(sh|py)$/.test(name)).map((name) => name.slice(0, -3));
  return { base, tests: copy, bin, scripts: scripts.sort() };
}

/**
 * The file of a script: most are for the shell, one is Python.
 *
 * @param {Stage} stage
 * @param {string} script
 * @returns {string | undefined}
 */
export const scriptFile = (stage, script) =>
  ['sh', 'py'].map((type) => join(stage.tests, `${script}.${type}`)).find((file) => existsSync(file));

/** @param {Stage} stage */
export async function removeStage(stage) {
  await rm(stage.base, { recursive: true, force: true });
}

/**
 * Whether the user without rights can run the program; a clone in root's home is out of its reach.
 *
 * @param {Stage} stage
 */
export function userCanRun(stage) {
  const result = spawnSync(
    'setpriv',
    [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', join(stage.bin, 'ostree'), '--version'],
    { stdio: 'ignore' },
  );
  return result.status === 0;
}

/**
 * Installs the program inside the stage, for a user who cannot reach the clone.
 *
 * @param {Stage} stage
 * @param {string} app folder of the app
 */
export async function installInStage(stage, app) {
  const target = join(stage.base, 'ost');
  await mkdir(join(target, 'bin'), { recursive: true });
  await copyFile(join(app, 'package.json'), join(target, 'package.json'));
  await copyFile(join(app, 'bin/ost.js'), join(target, 'bin/ost.js'));
  await cp(join(app, 'dist'), join(target, 'dist'), { recursive: true });
  for (const name of await readdir(join(app, 'node_modules'))) {
    if (name.startsWith('.') || name.startsWith('@')) continue;
    await mkdir(join(target, 'node_modules'), { recursive: true });
    await cp(join(app, 'node_modules', name), join(target, 'node_modules', name), {
      recursive: true,
      dereference: true,
    });
  }
  await chmod(join(target, 'bin/ost.js'), 0o755);
  await rm(join(stage.bin, 'ostree'));
  await writeFile(join(stage.bin, 'ostree'), `#!/bin/sh\nexec '${join(stage.bin, '../ost/bin/ostree')}' "$@"\n`);
  await chmod(join(stage.bin, 'ostree'), 0o755);
  await symlink('ost.js', join(target, 'bin/ostree'));
}
