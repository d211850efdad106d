import { parseArgs } from 'node:util';

/** What a plain run covers. */
export const DEFAULT_SCRIPTS = [
  'test-archivez',
  'test-basic',
  'test-basic-user',
  'test-basic-user-only',
  'test-basic-root',
  'test-basic-bare-split-xattrs',
  'test-cli-extensions',
  'test-commit-timestamp',
  'test-config',
  'test-delta',
  'test-delta-sign',
  'test-demo-buildsystem',
  'test-parent',
  'test-libarchive',
  'test-export',
  'test-refs',
  'test-corruption',
  'test-fsck-collections',
  'test-fsck-delete',
  'test-prune',
  'test-prune-collections',
  'test-refs-collections',
  'test-reset-nonlinear',
  'test-init-collections',
  'test-summary-collections',
  'test-summary-update',
  'test-summary-view',
  'test-xattrs',
  'test-auto-summary',
  'test-remote-add',
  'test-remote-add-collections',
  'test-concurrency',
  'test-local-pull',
  'test-local-pull-depth',
  'test-oldstyle-partial',
  'test-create-usb',
  'test-find-remotes',
  'test-pull-bare',
  'test-pull-bareuser',
  'test-pull-bareuseronly',
  'test-pull-basicauth',
  'test-pull-collections',
  'test-pull-commit-only',
  'test-pull-contenturl',
  'test-pull-corruption',
  'test-pull-depth',
  'test-pull-large-metadata',
  'test-pull-localcache',
  'test-pull-metalink',
  'test-pull-mirror-summary',
  'test-pull-mirrorlist',
  'test-pull-override-url',
  'test-pull-repeated',
  'test-pull-resume',
  'test-pull-sizes',
  'test-pull-subpath',
  'test-pull-summary-caching',
  'test-pull-summary-sigs',
  'test-pull-untrusted',
  'test-pull2-bareuseronly',
  'test-remote-cookies',
  'test-remote-gpg-import',
  'test-remote-gpg-list-keys',
  'test-remote-headers',
  'test-rofiles-fuse',
  'test-gpg-signed-commit',
  'test-signed-commit',
  'test-commit-sign',
  'test-pre-signed-pull',
  'test-signed-pull',
  'test-signed-pull-summary',
  'test-delta-ed25519',
  'test-admin-deploy-2',
  'test-admin-deploy-bootid-gc',
  'test-admin-deploy-clean',
  'test-admin-deploy-etcmerge-cornercases',
  'test-admin-deploy-grub2',
  'test-admin-deploy-karg',
  'test-admin-deploy-nomerge',
  'test-admin-deploy-none',
  'test-admin-deploy-switch',
  'test-admin-deploy-syslinux',
  'test-admin-deploy-uboot',
  'test-admin-deploy-whiteouts',
  'test-admin-gpg',
  'test-admin-instutil-set-kargs',
  'test-admin-kargs',
  'test-admin-locking',
  'test-admin-pull-deploy-commit',
  'test-admin-pull-deploy-split',
  'test-admin-upgrade-endoflife',
  'test-admin-upgrade-not-backwards',
  'test-admin-upgrade-systemd-update',
  'test-admin-upgrade-unconfigured',
  'test-no-initramfs',
  'test-osupdate-dtb',
  'test-help',
];

export const USAGE = `usage: npm run conformance -- [OPTION]... [SCRIPT]...

Runs libostree's shell tests, as Debian's package ostree-tests installs them, with ost in the place of ostree.
Without a SCRIPT it runs the list that is expected to pass; 'all' stands for every script.

  --oracle         run them with the real ostree instead, and expect nothing
  --as WHO         'root', 'user' or 'both' (default: both as root, else user)
  --jobs N         scripts at a time (default 2)
  --timeout SEC    for each script (default 300)
  --keep           keep the logs of scripts that passed, too
  --json FILE      write the results there as well
  --tests DIR      where the scripts are`;

/**
 * @param {string[]} argv
 */
export function readOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      oracle: { type: 'boolean', default: false },
      as: { type: 'string' },
      jobs: { type: 'string', default: '2' },
      timeout: { type: 'string', default: '300' },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
      tests: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const root = process.getuid?.() === 0;
  const as = values.as ?? (root ? 'both' : 'user');
  if (!['root', 'user', 'both'].includes(as)) throw new Error(`--as: '${as}' is none of root, user, both`);
  if (!root && as !== 'user') throw new Error(`--as ${as} needs root`);
  return {
    ...values,
    who: /** @type {Who[]} */ (as === 'both' ? ['root', 'user'] : [as]),
    jobs: Number(values.jobs),
    timeout: Number(values.timeout) * 1000,
    scripts: positionals.map((name) => name.replace(/\.sh$/, '')),
  };
}

/** @typedef {'root' | 'user'} Who */
