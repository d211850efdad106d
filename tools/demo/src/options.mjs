/** What the command line and the environment ask for. */
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

export const USAGE = `usage: npm start [-- --quick]

  --quick   a small tree from the machine's own /usr instead of a whole Debian

OST_DEMO_DIR    where the result goes (default: ./demo)
OST_DEMO_TREE   debian or usr: which tree to take, instead of the best that can be made here
`;

/**
 * @typedef {object} Options
 * @property {string} dir everything that the demo makes is in here
 * @property {string} ost the program
 * @property {'debian' | 'usr' | undefined} tree
 * @property {boolean} quick
 */

/**
 * @param {readonly string[]} args
 * @returns {Options | undefined} undefined when the usage is wanted
 */
export function readOptions(args) {
  const unknown = args.find((arg) => arg !== '--quick');
  if (unknown === '--help' || unknown === '-h') return undefined;
  if (unknown !== undefined) throw new Error(`Unknown option: ${unknown}\n${USAGE}`);
  const quick = args.includes('--quick');
  const tree = process.env['OST_DEMO_TREE'] || (quick ? 'usr' : undefined);
  if (tree !== undefined && tree !== 'debian' && tree !== 'usr') {
    throw new Error(`OST_DEMO_TREE is "${tree}"; it may be debian or usr`);
  }
  return {
    dir: resolve(process.env['OST_DEMO_DIR'] || join(ROOT, 'demo')),
    ost: join(ROOT, 'apps/ost/bin/ost.js'),
    tree,
    quick,
  };
}
