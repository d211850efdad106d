/**
 * What users do day by day, in small: V8 compiles what of the bundle runs here, and the code cache holds that. It needs no
 * rights, and leaves alone what is outside of its folder.
 */
'use strict';
const { createReadStream, mkdirSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const path = require('node:path');

/** @typedef {(...args: string[]) => Promise<void>} Run runs a command of `ost` in this process */
/** @typedef {{ run: Run, directory: string, url: string }} Place where it happens; `url` is that of what is published */

const REMOTE = ['remote', 'add', '--no-sign-verify', '--no-gpg-verify'];
/** The mode that every user may check out, and that needs no attributes, which not every temporary directory has. */
const MODE = 'bare-user-only';

/** A tree that can be deployed. @param {string} root @param {string} content of a file */
function makeTree(root, content) {
  for (const [name, text] of [
    ['usr/lib/modules/1/vmlinuz', 'kernel'],
    ['usr/lib/modules/1/initramfs.img', 'initramfs'],
    ['usr/lib/os-release', 'PRETTY_NAME=Tour\n'],
    ['usr/etc/config', 'config'],
    ['usr/share/content', content],
  ]) {
    mkdirSync(path.dirname(`${root}/${name}`), { recursive: true });
    writeFileSync(`${root}/${name}`, text);
  }
}

/** @param {string} root of what is served */
async function serve(root) {
  const server = createServer((request, response) => {
    const file = createReadStream(root + request.url);
    file.on('error', () => response.writeHead(404).end());
    file.pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** A new version, with a delta from the one before. @param {Place} place @param {string} version */
async function publish({ run, directory }, version) {
  const archive = `--repo=${directory}/archive`;
  makeTree(`${directory}/tree`, version.repeat(1 << 16));
  await run('commit', archive, '--branch=main', `--tree=dir=${directory}/tree`, '--canonical-permissions');
  await run('static-delta', 'generate', archive, ...(version === '1' ? ['--empty'] : []), 'main');
  await run('summary', archive, '--update');
}

/** Looks at what is published. @param {Place} place */
async function inspect({ run, directory }) {
  const archive = `--repo=${directory}/archive`;
  for (const command of ['log', 'show', 'ls', 'diff']) await run(command, archive, 'main');
  await run('ls', archive, '--recursive', 'main');
  for (const command of ['refs', 'fsck', 'prune']) await run(command, archive);
}

/** A client follows what is published. @param {Place} place */
async function startClient({ run, directory, url }) {
  const client = `--repo=${directory}/client`;
  await run('init', client, `--mode=${MODE}`);
  await run(...REMOTE, client, 'origin', url);
  await run('pull-local', client, `${directory}/archive`, 'main');
  await run('pull', client, 'origin', 'main');
}

/** Takes the next version, and finds that there is none after it. @param {Place} place */
async function updateClient({ run, directory }) {
  const client = `--repo=${directory}/client`;
  for (const checkout of ['first', 'second']) {
    await run('pull', client, 'origin', 'main');
    await run('checkout', client, '-U', '-H', 'origin:main', `${directory}/${checkout}`);
  }
  await run('fsck', client);
  await run('prune', client, '--refs-only');
}

/** A device is installed. @param {Place} place */
async function startDevice({ run, directory, url }) {
  const sysroot = `--sysroot=${directory}/sysroot`;
  const repo = `--repo=${directory}/sysroot/ostree/repo`;
  mkdirSync(`${directory}/sysroot`);
  await run('admin', 'init-fs', `${directory}/sysroot`);
  await run('admin', 'stateroot-init', sysroot, 'tour');
  await run('config', repo, 'set', 'core.mode', MODE);
  await run(...REMOTE, repo, 'origin', url);
  await run('pull', repo, 'origin', 'main');
  await run('admin', 'deploy', sysroot, '--os=tour', 'origin:main');
}

/** Takes the next version, and finds that there is none after it. @param {Place} place */
async function upgradeDevice({ run, directory }) {
  const sysroot = `--sysroot=${directory}/sysroot`;
  for (let times = 0; times < 2; times++) await run('admin', 'upgrade', sysroot, '--os=tour');
  await run('admin', 'deploy', sysroot, '--os=tour', 'origin:main');
  await run('admin', 'status', sysroot);
}

/** @param {string} directory an empty one @param {Run} run */
exports.tour = async (directory, run) => {
  // Each command listens for signals, in a process of its own.
  process.setMaxListeners(0);
  await run('init', `--repo=${directory}/archive`, '--mode=archive');
  const { url, close } = await serve(`${directory}/archive`);
  const place = { run, directory, url };
  try {
    await publish(place, '1');
    await startClient(place);
    await startDevice(place);
    await publish(place, '2');
    await inspect(place);
    await updateClient(place);
    await upgradeDevice(place);
  } finally {
    close();
  }
};
