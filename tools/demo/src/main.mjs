/**
 * What `npm start` shows: a server publishes a system, a device installs it over HTTP, verifies it, upgrades to the
 * next version and goes back.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { capture, hasCommand } from '@ost-tools/trees';
import * as device from './device.mjs';
import { makeKeys } from './keys.mjs';
import { readOptions, USAGE } from './options.mjs';
import { publish, REPO, REF, startServer } from './server.mjs';
import { elapsed, Steps } from './steps.mjs';
import { makeTree } from './tree.mjs';
import { prepareWorkspace } from './workspace.mjs';

/** Root can make deployments immutable, and then `rm -rf` of the result would fail; these need not be protected. */
const DEBUG = 'mutable-deployments';

/** @param {Steps} steps */
async function checkAll(steps) {
  for (const repo of [REPO, device.REPO]) await steps.ost([`--repo=${repo}`, 'fsck']);
  if (!hasCommand('ostree')) return steps.say('libostree is not installed, so it cannot be asked as well');
  steps.say('and what libostree says about the same files');
  for (const repo of [REPO, device.REPO]) await steps.run(['ostree', `--repo=${repo}`, 'fsck']);
  await steps.run(['ostree', 'admin', 'status', `--sysroot=${device.SYSROOT}`]);
}

/**
 * @param {Steps} steps
 * @param {import('./tree.mjs').Tree} tree
 * @param {import('./keys.mjs').Keys} keys
 */
async function publishAndUpdate(steps, tree, keys) {
  await steps.ost([`--repo=${REPO}`, 'init', '--mode=archive']);
  await publish(steps, keys, { tree: relative(steps.cwd, tree.v1), version: 1 });
  const server = await startServer(steps);
  try {
    steps.section('The device installs version 1');
    await device.install(steps, keys, server.port);
    await device.configure(steps);

    steps.section('The server publishes version 2');
    await publish(steps, keys, { tree: relative(steps.cwd, tree.v2), version: 2 });
    const changes = await steps.ost([`--repo=${REPO}`, 'diff', `${REF}^`, REF], { quiet: true });
    const count = (/** @type {string} */ kind) => changes.split('\n').filter((line) => line.startsWith(kind)).length;
    steps.say(`$ ost diff ${REF}^ ${REF}: ${count('M')} changed, ${count('A')} added, ${count('D')} removed`);

    steps.section('The device upgrades');
    await device.upgrade(steps);
  } finally {
    await server.stop();
  }
  steps.section('The device goes back to version 1');
  await device.rollBack(steps);
  return server.port;
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return process.stdout.write(USAGE);
  if (!existsSync(options.ost)) throw new Error('ost is not built; run: npm run build');
  const from = performance.now();
  const { dir } = options;
  await prepareWorkspace(dir);
  const steps = new Steps(dir, options.ost, { ...process.env, OSTREE_SYSROOT_DEBUG: DEBUG, LC_ALL: 'C.UTF-8' });
  let release = () => {};
  process.once('exit', () => steps.killAll());
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])) {
    process.once(signal, () => {
      steps.killAll();
      release();
      process.exit(code);
    });
  }
  console.log(`$ cd ${dir}`);
  console.log(`$ alias ost='node ${options.ost}'`);
  console.log(`$ export OSTREE_SYSROOT_DEBUG=${DEBUG}   # so that "rm -rf ${dir}" works afterwards`);
  if (process.getuid?.() !== 0) console.log('  # not root: every file of the system belongs to you, on the device too');

  steps.section('A root file system');
  const tree = await makeTree(steps, options);
  steps.say(`the tree: ${tree.description}${tree.cached ? ', made by an earlier run' : ''}`);
  console.log(capture('du', ['-shl', tree.v1, tree.v2])?.trimEnd() ?? '');

  steps.section('The server publishes version 1');
  await mkdir(join(dir, 'server'));
  const keys = await makeKeys(steps);
  release = keys.release;
  try {
    const port = await publishAndUpdate(steps, tree, keys);
    steps.section('Is everything intact?');
    await checkAll(steps);
    console.log(`
=== Done in ${elapsed(from)}
  tree          ${tree.description}
  signed with   ${keys.description}
  server        ${join(dir, REPO)}
  device        ${join(dir, device.SYSROOT)}
  deployments   ${join(dir, device.SYSROOT, 'ostree/deploy', device.OS, 'deploy')}
  boot entries  ${join(dir, device.SYSROOT, 'boot/loader/entries')}
  go on         ost --repo=${REPO} serve --port=${port}   (in ${dir}; the device knows this port)`);
  } finally {
    release();
  }
}

try {
  await main();
} catch (error) {
  const { message, stack, name } = /** @type {Error} */ (error);
  console.error(`\nnpm start: ${name === 'TypeError' ? stack : message.trimEnd()}`);
  process.exitCode = 1;
}
