/** The two trees that the benchmarks compare: a Debian root, and the same one after an upgrade. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addSecurityArchive, debootstrap, installPackages } from './debian.mjs';
import { run } from './exec.mjs';
import { copyTree, toOstreeLayout } from './layout.mjs';

const V1 = ['linux-image-amd64', 'python3', 'gcc', 'vim', 'nginx'];
const V2 = ['git', 'gdb'];

/**
 * Makes the trees, or finds them made.
 *
 * @param {string} dir
 * @param {(message: string) => void} say
 * @returns {Promise<{ v1: string, v2: string }>}
 */
export async function benchTrees(dir, say) {
  const v1 = join(dir, 'v1');
  const v2 = join(dir, 'v2');
  if (existsSync(v1) && existsSync(v2)) return { v1, v2 };
  await mkdir(dir, { recursive: true });
  const log = join(dir, 'trees.log');
  const raw = join(dir, 'v1.raw');
  if (!existsSync(raw)) {
    say(`Bootstrapping Debian with ${V1.join(', ')} (a few minutes, log in ${log})`);
    await debootstrap(raw, { packages: V1, log });
  }
  say(`Upgrading a copy and adding ${V2.join(', ')}`);
  const next = join(dir, 'v2.partial');
  await copyTree(raw, next, run);
  await addSecurityArchive(next);
  await installPackages(next, V2, { log, upgrade: true });
  await rm(join(next, 'etc/apt/sources.list.d/security.list'), { force: true });
  await toOstreeLayout(next);
  await rm(v2, { recursive: true, force: true });
  await rename(next, v2);
  await toOstreeLayout(raw);
  await rm(v1, { recursive: true, force: true });
  await rename(raw, v1);
  return { v1, v2 };
}
