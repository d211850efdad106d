/**
 * Which way the arrows point: what each package may import at run time, besides itself and, where `node` says so, Node's
 * own modules. docs/architecture.md draws the same picture.
 *
 * @typedef {object} Rule
 * @property {readonly string[]} packages
 * @property {boolean} node
 */

const WORKSPACE = /** @type {const} */ ([
  '@ost/gvariant',
  '@ost/objects',
  '@ost/linux',
  '@ost/repo',
  '@ost/gpg',
  '@ost/sign',
  '@ost/deltas',
  '@ost/fetch',
  '@ost/trust',
  '@ost/bootloader',
  '@ost/sysroot',
  '@ost/rofiles',
]);

/** @type {Readonly<Record<string, Rule>>} */
export const ARROWS = {
  '@ost/gvariant': { node: false, packages: [] },
  '@ost/objects': { node: false, packages: ['@ost/gvariant', '@noble/hashes', 'fflate'] },
  '@ost/linux': { node: true, packages: ['koffi'] },
  '@ost/repo': { node: true, packages: ['@ost/gvariant', '@ost/objects', '@ost/linux'] },
  '@ost/gpg': { node: true, packages: ['@ost/gvariant', '@ost/objects', 'openpgp'] },
  '@ost/sign': { node: true, packages: ['@ost/gvariant', '@ost/objects'] },
  '@ost/deltas': { node: true, packages: ['@ost/gvariant', '@ost/objects', 'koffi', 'node-liblzma'] },
  '@ost/fetch': {
    node: true,
    packages: ['@ost/gvariant', '@ost/objects', '@ost/repo', 'dns-packet', 'undici', 'saxes'],
  },
  '@ost/trust': {
    node: true,
    packages: ['@ost/objects', '@ost/repo', '@ost/fetch', '@ost/gpg', '@ost/sign'],
  },
  '@ost/bootloader': { node: true, packages: ['@ost/objects'] },
  '@ost/sysroot': {
    node: true,
    packages: ['@ost/gvariant', '@ost/objects', '@ost/linux', '@ost/repo', '@ost/bootloader'],
  },
  '@ost/rofiles': { node: true, packages: ['@ost/linux'] },
  '@ost/cli': { node: true, packages: [...WORKSPACE, 'yargs'] },
};

/** What an app may import: it wires packages together. */
export const APP_RULE = { node: true, packages: [...WORKSPACE, '@ost/cli', 'esbuild'] };
