/** Two versions of a small Debian with a kernel; they are kept, because making them takes a minute or more. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { capture, copyTree, debootstrap, findMirrors, installPackages, run, toOstreeLayout } from '@ost-tools/trees';
import { showLog } from './log-progress.mjs';
import { changeToVersion2, forgetOrigin, markVersion1 } from './versions.mjs';

/** What version 2 has more than version 1. */
const ADDED = ['less'];

/** The kernel without drivers for hardware, where Debian builds one. */
function kernelPackage() {
  const arch = capture('dpkg', ['--print-architecture'])?.trim() ?? 'amd64';
  return `linux-image-${arch === 'amd64' || arch === 'arm64' ? 'cloud-' : ''}${arch}`;
}

/**
 * @param {import('./steps.mjs').Steps} steps
 * @param {string} cache
 * @returns {Promise<import('./tree.mjs').Tree>}
 */
export async function debianTree(steps, cache) {
  const suite = findMirrors()?.suite ?? 'debian';
  const description = `Debian ${suite} with a kernel`;
  const dir = join(cache, suite);
  const [v1, v2] = [join(dir, 'v1'), join(dir, 'v2')];
  const tree = { description, v1, v2, cached: true };
  if (existsSync(v1) && existsSync(v2)) return tree;

  await mkdir(dir, { recursive: true });
  const log = join(dir, 'debootstrap.log');
  await rm(log, { force: true });
  const raw = join(dir, 'v1.raw');
  if (!existsSync(raw)) {
    // A killed debootstrap leaves these mounted.
    for (const name of ['proc', 'sys']) capture('umount', [join(`${raw}.partial`, name)]);
    const packages = [kernelPackage()];
    await steps.task(`debootstrap --variant=minbase ${suite}, then apt-get install ${packages.join(' ')}`, () =>
      showLog(log, debootstrap(raw, { packages, log })),
    );
  }
  const next = join(dir, 'v2.partial');
  await steps.task(`a copy, then apt-get install ${ADDED.join(' ')}`, async () => {
    await copyTree(raw, next, run);
    await showLog(log, installPackages(next, ADDED, { log }));
  });
  // From here on the raw tree is no longer one, so that an interrupted run begins anew.
  const first = join(dir, 'v1.partial');
  await rm(first, { recursive: true, force: true });
  await rename(raw, first);
  for (const root of [first, next]) {
    await toOstreeLayout(root);
    await forgetOrigin(root);
    await markVersion1(root);
  }
  await changeToVersion2(next);
  await rm(v2, { recursive: true, force: true });
  await rename(next, v2);
  await rm(v1, { recursive: true, force: true });
  await rename(first, v1);
  await rm(log, { force: true });
  return { ...tree, cached: false };
}
