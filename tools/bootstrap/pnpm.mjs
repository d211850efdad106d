import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} root
 * @returns {string} the package manager that package.json pins, as npx takes it. Nobody needs to have it installed:
 *   `onFail: ignore` there keeps npm and pnpm from minding.
 */
export function pinnedPnpm(root) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devEngines.packageManager;
  return `${name}@${version}`;
}
