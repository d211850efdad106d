import { admin } from './admin.js';
import { cat, checksum, diff, du, exportTar, log, ls, refs, revParse, show } from './inspect.js';
import { fsck, gpgSign, prune, sign, staticDelta, summary } from './maintain.js';
import { createUsb, findRemotes, mirror, pull, pullLocal, remote, serve, trivialHttpd } from './transfer.js';
import type { CommandSpec } from './types.js';
import { checkout, commit, config, imaSign, init, reset, rofiles } from './write.js';

const completion: CommandSpec = {
  name: 'completion',
  summary: 'Print a completion script for a shell',
  positionals: '[bash|zsh|fish]',
  scope: 'none',
  options: () => [],
  examples: [['completion bash >> ~/.bashrc', 'complete commands and options with the tabulator key']],
  load: () => import('../commands/completion.js'),
};

/** Every command, in the order of the help text. */
export const root: CommandSpec = {
  name: '',
  summary: '',
  positionals: 'COMMAND',
  scope: 'none',
  options: () => [],
  commands: [
    admin,
    cat,
    checkout,
    checksum,
    commit,
    completion,
    config,
    createUsb,
    diff,
    du,
    exportTar,
    findRemotes,
    fsck,
    gpgSign,
    imaSign,
    init,
    log,
    ls,
    mirror,
    prune,
    pull,
    pullLocal,
    refs,
    remote,
    reset,
    revParse,
    rofiles,
    serve,
    show,
    sign,
    staticDelta,
    summary,
    trivialHttpd,
  ],
};
