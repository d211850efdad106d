/** Chooses the best tree that can be made here, and says why it is not a better one. */
import { join } from 'node:path';
import { debianObstacle } from '@ost-tools/trees';
import { debianTree } from './debian-tree.mjs';
import { usrTree } from './usr-tree.mjs';

/**
 * @typedef {object} Tree
 * @property {string} description
 * @property {string} v1
 * @property {string} v2
 * @property {boolean} cached
 */

/**
 * @param {import('./steps.mjs').Steps} steps
 * @param {import('./options.mjs').Options} options
 * @returns {Promise<Tree>}
 */
export async function makeTree(steps, { dir, tree, quick }) {
  if (tree !== 'usr') {
    const obstacle = debianObstacle();
    if (obstacle === undefined) {
      try {
        return await debianTree(steps, join(dir, 'cache'));
      } catch (error) {
        if (tree === 'debian') throw error;
        steps.say(`no Debian tree: ${/** @type {Error} */ (error).message}`);
      }
    } else if (tree === 'debian') throw new Error(`A Debian tree cannot be made here: ${obstacle}`);
    else steps.say(`no Debian tree: ${obstacle}`);
  }
  return usrTree(steps, join(dir, 'trees'), quick);
}
