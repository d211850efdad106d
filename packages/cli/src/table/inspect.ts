import { flag, integer, json, text } from './options.js';
import type { CommandSpec } from './types.js';

/** `refs`. */
export const refs: CommandSpec = {
  name: 'refs',
  summary: 'List, make and delete refs',
  positionals: '[PREFIX...]',
  scope: 'repo',
  options: () => [
    flag('delete', 'Delete the refs that match PREFIX'),
    flag('list', 'Print whole names'),
    flag('revision', 'Print the commit too', { short: 'r' }),
    flag('alias', 'List aliases, or with --create make one', { short: 'A' }),
    text('create', 'NEWREF', 'Make a ref to an existing commit'),
    flag('collections', 'Print the collections of the refs', { short: 'c' }),
    flag('force', 'Replace a ref that exists'),
    json,
  ],
  load: () => import('../commands/refs.js'),
};

/** `rev-parse`. */
export const revParse: CommandSpec = {
  name: 'rev-parse',
  summary: 'Print the commit that a revision names',
  positionals: 'REV...',
  scope: 'repo',
  options: () => [flag('single', 'Print the only commit of the repository', { short: 'S' }), json],
  load: () => import('../commands/rev-parse.js'),
};

/** `log`. */
export const log: CommandSpec = {
  name: 'log',
  summary: 'Show a commit and those before it',
  positionals: 'REV',
  scope: 'repo',
  options: () => [flag('raw', 'Show the raw value'), json],
  load: () => import('../commands/log.js'),
};

/** `show`. */
export const show: CommandSpec = {
  name: 'show',
  summary: 'Show an object',
  positionals: 'OBJECT',
  scope: 'repo',
  options: () => [
    flag('print-related', 'Print the related commits'),
    text('print-variant-type', 'TYPE', 'Read the file OBJECT as a value of this type'),
    flag('list-metadata-keys', 'Print the keys of the metadata'),
    text('print-metadata-key', 'KEY', 'Print one value of the metadata'),
    flag('print-hex', 'Print bytes as hexadecimal digits'),
    flag('list-detached-metadata-keys', 'Print the keys of the detached metadata'),
    text('print-detached-metadata-key', 'KEY', 'Print one value of the detached metadata'),
    flag('print-sizes', 'Print the sizes that the commit records'),
    flag('raw', 'Show the raw value'),
    flag('no-byteswap', 'Do not convert from big-endian', { short: 'B' }),
    text('gpg-homedir', 'DIR', 'Where GPG keeps its keys'),
    text('gpg-verify-remote', 'REMOTE', 'Use the keys of this remote'),
    json,
  ],
  load: () => import('../commands/show.js'),
};

/** `ls`. */
export const ls: CommandSpec = {
  name: 'ls',
  summary: 'List paths of a commit',
  positionals: 'COMMIT [PATH...]',
  scope: 'repo',
  options: () => [
    flag('dironly', 'Print directories, not what is in them', { short: 'd' }),
    flag('recursive', 'Print everything below', { short: 'R' }),
    flag('checksum', 'Print checksums', { short: 'C' }),
    flag('xattrs', 'Print extended attributes', { short: 'X' }),
    flag('nul-filenames-only', 'Print only names, each ended by a NUL'),
    json,
  ],
  load: () => import('../commands/ls.js'),
};

/** `cat`. */
export const cat: CommandSpec = {
  name: 'cat',
  summary: 'Print the content of files',
  positionals: 'COMMIT PATH...',
  scope: 'repo',
  options: () => [],
  load: () => import('../commands/cat.js'),
};

/** `diff`. */
export const diff: CommandSpec = {
  name: 'diff',
  summary: 'Compare two commits, or a commit with a directory',
  positionals: 'REV_OR_DIR [REV_OR_DIR]',
  scope: 'repo',
  options: () => [
    flag('stats', 'Print statistics'),
    flag('fs-diff', 'Print the changed paths, with --stats too'),
    flag('no-xattrs', 'Ignore extended attributes'),
    integer('owner-uid', 'UID', 'User id to assume for local files'),
    integer('owner-gid', 'GID', 'Group id to assume for local files'),
    json,
  ],
  load: () => import('../commands/diff.js'),
};

/** `du`. */
export const du: CommandSpec = {
  name: 'du',
  summary: 'Show what refs, or the paths of a commit, take on disk',
  positionals: '[COMMIT [PATH...]]',
  scope: 'repo',
  options: () => [
    flag('bytes', 'Print sizes in bytes', { short: 'b' }),
    flag('sort', 'Print the largest first', { short: 's' }),
    json,
  ],
  examples: [
    ['du', 'what each ref needs, and what only it needs'],
    ['du --sort main /usr', 'the largest directories in /usr'],
  ],
  load: () => import('../commands/du.js'),
};

/** `export`. */
export const exportTar: CommandSpec = {
  name: 'export',
  summary: 'Write a commit as a tar archive',
  positionals: 'COMMIT',
  scope: 'repo',
  options: () => [
    flag('no-xattrs', 'Leave extended attributes out'),
    text('subpath', 'PATH', 'Only this directory of the commit'),
    text('prefix', 'PATH', 'Put this before every name'),
    text('output', 'PATH', 'Write to PATH instead of standard output', { short: 'o' }),
  ],
  load: () => import('../commands/export.js'),
};

/** `checksum`. */
export const checksum: CommandSpec = {
  name: 'checksum',
  summary: 'Print the checksum that a file would have as an object',
  positionals: 'PATH',
  scope: 'none',
  options: () => [flag('ignore-xattrs', 'Ignore extended attributes'), json],
  load: () => import('../commands/checksum.js'),
};
