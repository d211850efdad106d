import { join } from 'node:path';
import { root } from './options.mjs';

/** @typedef {'ost' | 'ostree'} ProgramName */

/** @type {Readonly<Record<ProgramName, readonly string[]>>} */
export const PROGRAMS = {
  ost: [process.execPath, join(root, 'apps/ost/bin/ost.js')],
  ostree: ['ostree'],
};

/** What both run with: no settings of the caller's, and deployments that can be deleted afterwards. */
export const ENV = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|OSTREE_|OST_)/.test(name))),
  LC_ALL: 'C.UTF-8',
  OSTREE_SYSROOT_DEBUG: 'mutable-deployments',
  OSTREE_SKIP_CACHE: '1',
};
