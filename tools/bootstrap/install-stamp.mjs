import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} root */
const stampFile = (root) => join(root, 'node_modules/.ost-install');

/** @param {string} root */
function manifests(root) {
  const members = ['packages', 'apps', 'tools'].flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => join(group, name)) : [],
  );
  return ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...members.map((m) => join(m, 'package.json'))];
}

/**
 * @param {string} root
 * @returns {string} a digest of all that decides what an install does
 */
export function installStamp(root) {
  const hash = createHash('sha256');
  for (const file of manifests(root).sort()) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(`\0${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** @param {string} root */
export function readStamp(root) {
  return existsSync(stampFile(root)) ? readFileSync(stampFile(root), 'utf8') : undefined;
}

/** @param {string} root @param {string} stamp */
export function writeStamp(root, stamp) {
  writeFileSync(stampFile(root), stamp);
}
