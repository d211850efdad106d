import { flag, integer, json, text } from './options.js';
import type { CommandSpec } from './types.js';

const signType = text('sign-type', 'NAME', 'Kind of signature: ed25519 (default) or spki');
const keysFile = text('keys-file', 'FILE', 'Use the keys in FILE');
const keysDir = text('keys-dir', 'DIR', 'Trust the keys in trusted.NAME.d below DIR, except those in revoked.NAME.d');

/** `fsck`. */
export const fsck: CommandSpec = {
  name: 'fsck',
  summary: 'Check the repository',
  scope: 'repo',
  options: () => [
    flag('add-tombstones', 'Replace commits without parent by tombstones'),
    flag('quiet', 'Print only what is wrong', { short: 'q' }),
    flag('all', 'Go on after the first error', { short: 'a' }),
    flag('delete', 'Delete corrupt objects'),
    flag('verify-bindings', 'Check that commits name the refs that point at them'),
    flag('verify-back-refs', 'Check that the refs that commits name point at them'),
    flag('resume', 'Go on where a check with this option was stopped'),
    json,
  ],
  load: () => import('../commands/fsck.js'),
};

/** `prune`. */
export const prune: CommandSpec = {
  name: 'prune',
  summary: 'Delete objects that nothing needs',
  scope: 'repo',
  options: () => [
    flag('no-prune', 'Only say what would be deleted'),
    flag('dry-run', 'Like --no-prune, and say what deleting each ref would free', { short: 'n' }),
    flag('refs-only', 'Keep only what refs reach'),
    integer('depth', 'DEPTH', 'Keep this many parents of each commit (-1: all)'),
    text('delete-commit', 'COMMIT', 'Delete this commit'),
    text('keep-younger-than', 'DATE', 'Keep commits made since DATE'),
    flag('static-deltas-only', 'With --delete-commit, delete only its static deltas'),
    text('retain-branch-depth', 'BRANCH=DEPTH', 'Keep this many parents of this ref', { repeat: true }),
    text('only-branch', 'BRANCH', 'Prune only this ref', { repeat: true }),
    flag('commit-only', 'Look at commits only, not at their trees'),
    json,
  ],
  load: () => import('../commands/prune.js'),
};

/** `summary`. */
export const summary: CommandSpec = {
  name: 'summary',
  summary: 'Show or write the summary file',
  scope: 'repo',
  options: () => [
    flag('update', 'Write the summary', { short: 'u' }),
    flag('view', 'Show the summary', { short: 'v' }),
    flag('raw', 'Show the raw value'),
    flag('list-metadata-keys', 'Print the keys of the metadata'),
    text('print-metadata-key', 'KEY', 'Print one value of the metadata'),
    text('gpg-sign', 'KEY-ID', 'Sign with this GPG key', { repeat: true }),
    text('gpg-homedir', 'DIR', 'Where GPG keeps its keys'),
    text('sign', 'KEY', 'Sign with this key', { repeat: true }),
    text('sign-from-file', 'FILE', 'Sign with the keys in FILE', { repeat: true }),
    signType,
    text('add-metadata', 'KEY=VALUE', 'Add a value in GVariant text form', { short: 'm', repeat: true }),
    json,
  ],
  load: () => import('../commands/summary.js'),
};

/** `sign`. */
export const sign: CommandSpec = {
  name: 'sign',
  summary: 'Sign a commit, or verify its signatures',
  positionals: '[COMMIT] [KEY...]',
  scope: 'repo',
  options: () => [
    flag('verify', 'Verify instead of signing'),
    flag('delete', 'Delete the signatures of these keys', { short: 'd' }),
    text('generate', 'NAME', 'Make keys: the files NAME.public and NAME.secret'),
    { ...signType, short: 's' },
    keysFile,
    keysDir,
    json,
  ],
  examples: [
    ['sign --generate=release', 'make a pair of keys'],
    ['sign --keys-file=release.secret main', 'sign the newest commit of ref main'],
    ['sign --verify --keys-file=release.public main', 'check who signed it'],
  ],
  load: () => import('../commands/sign.js'),
};

/** `gpg-sign`. */
export const gpgSign: CommandSpec = {
  name: 'gpg-sign',
  summary: 'Sign a commit with GPG keys, or delete such signatures',
  positionals: 'COMMIT KEY-ID...',
  scope: 'repo',
  options: () => [
    flag('delete', 'Delete the signatures of these keys', { short: 'd' }),
    text('gpg-homedir', 'DIR', 'Where GPG keeps its keys'),
  ],
  load: () => import('../commands/gpg-sign.js'),
};

/** `static-delta` and what is below it. */
export const staticDelta: CommandSpec = {
  name: 'static-delta',
  summary: 'Work with static deltas',
  positionals: 'COMMAND',
  scope: 'none',
  options: () => [],
  commands: [
    {
      name: 'list',
      summary: 'List the deltas',
      scope: 'repo',
      options: () => [json],
      load: () => import('../commands/static-delta/list.js'),
    },
    {
      name: 'show',
      summary: 'Show what a delta consists of',
      positionals: 'DELTA',
      scope: 'repo',
      options: () => [json],
      load: () => import('../commands/static-delta/show.js'),
    },
    {
      name: 'delete',
      summary: 'Delete a delta',
      positionals: 'DELTA',
      scope: 'repo',
      options: () => [],
      load: () => import('../commands/static-delta/delete.js'),
    },
    {
      name: 'generate',
      summary: 'Make a delta',
      positionals: '[TO | REF...]',
      scope: 'repo',
      options: () => [
        text('from', 'REV', 'Commit that the receiver has'),
        flag('empty', 'Make a delta from nothing'),
        flag('inline', 'Put the parts into the main file'),
        text('to', 'REV', 'Commit that the delta leads to'),
        flag('disable-bsdiff', 'Do not use bsdiff'),
        flag('if-not-exists', 'Do nothing if the delta exists', { short: 'n' }),
        text('set-endianness', 'ENDIAN', 'Byte order of the metadata: l or B'),
        flag('swap-endianness', 'Use the byte order that this machine does not have'),
        text('min-fallback-size', 'MB', 'Size from which objects are fetched one by one'),
        text('max-bsdiff-size', 'MB', 'Size up to which bsdiff is tried'),
        text('max-chunk-size', 'MB', 'Size of a part'),
        text('filename', 'PATH', 'Write the delta here'),
        text('sign', 'KEY', 'Sign with this key', { repeat: true }),
        signType,
        text('keys-file', 'FILE', 'Sign with the keys in FILE'),
        integer(
          'all-recent',
          'N',
          'Make the deltas from the last N commits of each REF (default: all refs) to its newest one',
        ),
        json,
      ],
      load: () => import('../commands/static-delta/generate.js'),
    },
    {
      name: 'plan',
      summary: 'Estimate which deltas are worth making',
      positionals: '[REF...]',
      scope: 'repo',
      options: () => [integer('depth', 'N', 'How many commits back to look (default: 5)'), json],
      load: () => import('../commands/static-delta/plan.js'),
    },
    {
      name: 'apply-offline',
      summary: 'Apply a delta that lies in a file or directory',
      positionals: 'PATH [KEY...]',
      scope: 'repo',
      options: () => [signType, keysFile, keysDir],
      load: () => import('../commands/static-delta/apply-offline.js'),
    },
    {
      name: 'verify',
      summary: 'Verify the signature of a delta',
      positionals: 'DELTA [KEY...]',
      scope: 'repo',
      options: () => [signType, keysFile, keysDir, json],
      load: () => import('../commands/static-delta/verify.js'),
    },
    {
      name: 'indexes',
      summary: 'List the delta indexes',
      scope: 'repo',
      options: () => [json],
      load: () => import('../commands/static-delta/indexes.js'),
    },
    {
      name: 'reindex',
      summary: 'Write the delta indexes again',
      scope: 'repo',
      options: () => [text('to', 'COMMIT', 'Only the index of this commit')],
      load: () => import('../commands/static-delta/reindex.js'),
    },
  ],
};
