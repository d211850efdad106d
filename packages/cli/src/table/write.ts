import { flag, fsync, integer, text } from './options.js';
import type { CommandSpec } from './types.js';

/** `init`. */
export const init: CommandSpec = {
  name: 'init',
  summary: 'Make an empty repository',
  scope: 'repo',
  options: () => [
    text('mode', 'MODE', 'How objects are stored: bare, bare-user, bare-user-only or archive'),
    text('collection-id', 'ID', 'Collection that the refs of this repository belong to'),
  ],
  examples: [['init --repo=repo --mode=archive', 'a repository to serve over HTTP']],
  load: () => import('../commands/init.js'),
};

/** `commit`. */
export const commit: CommandSpec = {
  name: 'commit',
  summary: 'Record a tree as a new commit',
  positionals: '[PATH]',
  scope: 'repo',
  options: () => [
    text('parent', 'COMMIT', 'Checksum of the parent, or "none"'),
    text('subject', 'SUBJECT', 'First line of the message', { short: 's' }),
    text('body', 'BODY', 'Rest of the message', { short: 'm' }),
    text('body-file', 'FILE', 'Read the rest of the message from FILE', { short: 'F' }),
    flag('editor', 'Write the message in an editor', { short: 'e' }),
    text('branch', 'BRANCH', 'Ref that moves to the commit', { short: 'b' }),
    flag('orphan', 'Make a commit that no ref points at'),
    flag('no-bindings', 'Leave the names of refs out of the commit'),
    text('bind-ref', 'BRANCH', 'One more ref that the commit may be published under', { repeat: true }),
    text('base', 'REV', 'Begin with the tree of a commit, unchanged'),
    text('tree', 'dir=PATH|tar=FILE|ref=COMMIT', 'Lay this tree over the previous ones', { repeat: true }),
    text('add-metadata-string', 'KEY=VALUE', 'Add a text to the metadata', { repeat: true }),
    text('add-metadata', 'KEY=VALUE', 'Add a value in GVariant text form to the metadata', { repeat: true }),
    text('keep-metadata', 'KEY', 'Take this metadata from the parent', { repeat: true }),
    text('add-detached-metadata-string', 'KEY=VALUE', 'Add a text to the detached metadata', { repeat: true }),
    integer('owner-uid', 'UID', 'User id for all files'),
    integer('owner-gid', 'GID', 'Group id for all files'),
    flag('canonical-permissions', 'Make all files 0:0 with modes of at most 0755'),
    flag('bootable', 'Mark the commit as bootable; it must contain a kernel'),
    flag('mode-ro-executables', 'Take write permission from executable files'),
    flag('no-xattrs', 'Leave extended attributes out'),
    text('selinux-policy', 'PATH', 'Label files by the policy of the root file system PATH'),
    flag('selinux-policy-from-base', 'Label files by the policy in the first tree', { short: 'P' }),
    integer('selinux-labeling-epoch', 'N', 'Labelling rules to use: 0 or 1'),
    flag('link-checkout-speedup', 'Recognise hard links into the repository'),
    flag('devino-canonical', 'Trust hard links into the repository before anything else', { short: 'I' }),
    flag('tar-autocreate-parents', 'Make the parent directories that a tar archive lacks'),
    text('tar-pathname-filter', 'REGEX,REPLACEMENT', 'Change the names in a tar archive'),
    flag('skip-if-unchanged', 'Do nothing if the tree is that of the parent'),
    text('statoverride', 'FILE', 'List of modes to change'),
    text('skip-list', 'FILE', 'List of paths to leave out'),
    flag('consume', 'Delete the source directory while it is committed'),
    flag('table-output', 'Print statistics as KEY: VALUE'),
    text('gpg-sign', 'KEY-ID', 'Sign with this GPG key', { repeat: true }),
    text('gpg-homedir', 'DIR', 'Where GPG keeps its keys'),
    text('sign', 'KEY', 'Sign with this key', { repeat: true }),
    text('sign-from-file', 'FILE', 'Sign with the keys in FILE', { repeat: true }),
    text('sign-type', 'NAME', 'Kind of signature: ed25519 (default) or spki'),
    flag('generate-sizes', 'Record the sizes of objects in the commit'),
    flag('generate-composefs-metadata', 'Record the composefs digest in the commit'),
    flag('disable-fsync', 'Do not flush files to the disk', { hidden: true }),
    fsync,
    text('timestamp', 'TIME', 'Time of the commit'),
  ],
  examples: [['commit --repo=repo -b main -s "First" tree', 'record the directory tree as ref main']],
  load: () => import('../commands/commit.js'),
};

/** `checkout`. */
export const checkout: CommandSpec = {
  name: 'checkout',
  summary: 'Put the tree of a commit into a directory',
  positionals: 'COMMIT [DESTINATION]',
  scope: 'repo',
  options: () => [
    flag('user-mode', 'Leave owners and extended attributes alone', { short: 'U' }),
    flag('disable-cache', 'Do not use the cache of unpacked files'),
    text('subpath', 'PATH', 'Only this path of the commit'),
    flag('union', 'Keep directories that exist and replace files'),
    flag('union-add', 'Keep files and directories that exist'),
    flag('union-identical', 'Fail if a file exists and differs'),
    flag('whiteouts', 'Carry out docker-style whiteouts'),
    flag('process-passthrough-whiteouts', 'Make overlayfs whiteouts of .ostree-wh. files'),
    flag('allow-noent', 'Do nothing if the subpath does not exist'),
    flag('from-stdin', 'Read what to check out from standard input'),
    text('from-file', 'FILE', 'Read what to check out from FILE'),
    fsync,
    flag('require-hardlinks', 'Fail where a hard link is not possible', { short: 'H' }),
    flag('force-copy', 'Never make hard links', { short: 'C' }),
    flag('force-copy-zerosized', 'Has no effect any more', { short: 'z', hidden: true }),
    flag('bareuseronly-dirs', 'Directory modes of at most 0775', { short: 'M' }),
    text('skip-list', 'FILE', 'List of paths to leave out'),
    text('selinux-policy', 'PATH', 'Label files by the policy of the root file system PATH'),
    text('selinux-prefix', 'PREFIX', 'Put this before paths when they are looked up in the policy'),
    flag('composefs', 'Write a composefs image instead of a tree'),
    flag('composefs-noverity', 'Leave digests out of the composefs image'),
  ],
  examples: [['checkout --repo=repo -U main out', 'make the directory out from ref main']],
  load: () => import('../commands/checkout.js'),
};

/** `ima-sign`. */
export const imaSign: CommandSpec = {
  name: 'ima-sign',
  summary: "Sign the files of a commit for Linux's integrity measurement, into a new commit",
  positionals: 'SOURCE TARGET-REF ALGORITHM KEY',
  scope: 'repo',
  options: () => [flag('overwrite', 'Replace signatures that files have'), fsync],
  examples: [['ima-sign --repo=repo main main sha256 ima.pem', 'sign all files of main with the key in ima.pem']],
  load: () => import('../commands/ima-sign.js'),
};

/** `rofiles`. */
export const rofiles: CommandSpec = {
  name: 'rofiles',
  summary: 'Show a checkout of hard links so that nothing can write into the repository',
  positionals: 'BASEPATH MOUNTPOINT',
  scope: 'none',
  options: () => [
    flag('copyup', 'Give a file a copy of its own when it is changed, instead of refusing'),
    text('options', 'OPTIONS', 'Options of the mount, separated by commas', { short: 'o', repeat: true }),
    flag('foreground', 'Stay in the foreground', { short: 'f' }),
  ],
  examples: [
    ['rofiles --copyup checkout mnt', 'change files in mnt; umount mnt ends it'],
    ['rofiles -o allow_other checkout mnt', 'for other users too'],
  ],
  load: () => import('../commands/rofiles.js'),
};

/** `reset`. */
export const reset: CommandSpec = {
  name: 'reset',
  summary: 'Point a ref at another commit',
  positionals: 'REF COMMIT',
  scope: 'repo',
  options: () => [],
  load: () => import('../commands/reset.js'),
};

/** `config`. */
export const config: CommandSpec = {
  name: 'config',
  summary: 'Read or change the configuration of a repository',
  positionals: '(get KEY|set KEY VALUE|unset KEY)',
  scope: 'repo',
  options: () => [text('group', 'GROUP', 'Group of the key'), flag('json', 'Print JSON instead of text')],
  examples: [['config get core.mode', 'the storage mode']],
  load: () => import('../commands/config.js'),
};
