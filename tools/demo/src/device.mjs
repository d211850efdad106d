/** The side that is updated: a root file system with deployments. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REF } from './server.mjs';

export const SYSROOT = 'device';
export const REPO = 'device/ostree/repo';
export const OS = 'demo';
const REMOTE = 'demo';
const MOTD = 'Changed on the device.\n';

/** @typedef {{ checksum: string, serial: number, version?: string }} Deployment */

/**
 * @param {import('./steps.mjs').Steps} steps
 * @returns {Promise<readonly Deployment[]>} the default one first
 */
async function deployments(steps) {
  const text = await steps.ost(['admin', 'status', `--sysroot=${SYSROOT}`, '--json'], { quiet: true });
  return JSON.parse(text).deployments;
}

/** @param {Deployment} deployment */
const deploymentPath = ({ checksum, serial }) => `${SYSROOT}/ostree/deploy/${OS}/deploy/${checksum}.${serial}`;

/** @param {import('./steps.mjs').Steps} steps @param {string} path */
const readText = (steps, path) => readFile(join(steps.cwd, path), 'utf8');

/** @param {import('./steps.mjs').Steps} steps @param {readonly string[]} versions */
async function checkVersions(steps, versions) {
  const found = (await deployments(steps)).map(({ version }) => version);
  steps.check(`the deployments are version ${versions.join(', then version ')}`, found.join() === versions.join());
}

/** @param {import('./steps.mjs').Steps} steps */
const showStatus = (steps) => steps.ost(['admin', 'status', `--sysroot=${SYSROOT}`]);

/**
 * @param {import('./steps.mjs').Steps} steps
 * @param {import('./keys.mjs').Keys} keys
 * @param {number} port
 */
export async function install(steps, keys, port) {
  await steps.run(['mkdir', SYSROOT]);
  await steps.ost(['admin', 'init-fs', SYSROOT]);
  await steps.ost(['admin', 'stateroot-init', `--sysroot=${SYSROOT}`, OS]);
  await steps.ost([`--repo=${REPO}`, 'remote', 'add', ...keys.remote, REMOTE, `http://127.0.0.1:${port}`]);
  await steps.ost([`--repo=${REPO}`, 'pull', REMOTE, REF]);
  const kargs = ['--karg=root=LABEL=demo', '--karg=quiet'];
  await steps.ost(['admin', 'deploy', `--sysroot=${SYSROOT}`, `--os=${OS}`, ...kargs, `${REMOTE}:${REF}`]);
  await showStatus(steps);
  await checkVersions(steps, ['1']);
}

/**
 * Changes the configuration as the owner of the device would.
 *
 * @param {import('./steps.mjs').Steps} steps
 */
export async function configure(steps) {
  const [current] = await deployments(steps);
  if (current === undefined) throw new Error('There is no deployment');
  const path = `${deploymentPath(current)}/etc/motd`;
  console.log(`\n$ echo '${MOTD.trimEnd()}' > ${path}`);
  await writeFile(join(steps.cwd, path), MOTD);
}

/** @param {import('./steps.mjs').Steps} steps */
export async function upgrade(steps) {
  await steps.ost(['admin', 'upgrade', `--sysroot=${SYSROOT}`, `--os=${OS}`]);
  await showStatus(steps);
  await checkVersions(steps, ['2', '1']);
  const [first] = await deployments(steps);
  if (first === undefined) throw new Error('There is no deployment');
  const etc = `${deploymentPath(first)}/etc`;
  steps.check("the device's own /etc/motd came along", (await readText(steps, `${etc}/motd`)) === MOTD);
  const config = await readText(steps, `${etc}/ost-demo.conf`);
  steps.check('the new default came with the image', config.includes('interval=30'));
}

/** @param {import('./steps.mjs').Steps} steps */
export async function rollBack(steps) {
  await steps.ost(['admin', 'set-default', `--sysroot=${SYSROOT}`, '1']);
  await showStatus(steps);
  await checkVersions(steps, ['1', '2']);
  const entries = `${SYSROOT}/boot/loader/entries`;
  const names = (await readdir(join(steps.cwd, entries))).sort();
  await steps.run(['cat', ...names.map((name) => `${entries}/${name}`)]);
}
