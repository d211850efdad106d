import { flag, integer, json, text } from './options.js';
import type { CommandSpec } from './types.js';

const os = text('os', 'OSNAME', 'Stateroot to work on', { alias: 'stateroot' });
const reboot = flag('reboot', 'Reboot when done', { short: 'r' });
const kexec = flag('kexec', 'Load the kernel with kexec when done', { short: 'k' });

const deploy: CommandSpec = {
  name: 'deploy',
  summary: 'Check out a commit as the new default deployment',
  positionals: 'REFSPEC',
  scope: 'sysroot',
  options: () => [
    os,
    text('origin-file', 'FILE', 'Take the origin from FILE'),
    flag('no-prune', 'Do not clean up when done'),
    flag('no-merge', 'Do not take configuration over from the present deployment'),
    flag('retain', 'Keep all earlier deployments'),
    flag('stage', 'Finish at shutdown'),
    flag('lock-finalization', 'Stage, and wait for permission to finish'),
    flag('retain-pending', 'Keep pending deployments'),
    flag('retain-rollback', 'Keep rollback deployments'),
    flag('not-as-default', 'Put the new deployment at the end of the list'),
    flag('karg-proc-cmdline', 'Begin with the kernel arguments of the running system'),
    text('karg', 'NAME=VALUE', 'Set a kernel argument, replacing others of that name', { repeat: true }),
    text('karg-append', 'NAME=VALUE', 'Add a kernel argument', { repeat: true }),
    flag('karg-none', 'Begin with no kernel arguments'),
    text('karg-delete', 'NAME=VALUE', 'Delete a kernel argument', { repeat: true }),
    text('overlay-initrd', 'FILE', 'Add an initramfs', { repeat: true }),
  ],
  load: () => import('../commands/admin/deploy.js'),
};

const upgrade: CommandSpec = {
  name: 'upgrade',
  summary: 'Fetch the newest commit of the origin and deploy it',
  scope: 'sysroot',
  options: () => [
    os,
    reboot,
    kexec,
    flag('allow-downgrade', 'Accept a commit that is older'),
    text('override-commit', 'CHECKSUM', 'Deploy this commit instead of the newest'),
    flag('pull-only', 'Only fetch'),
    flag('deploy-only', 'Only deploy'),
    flag('stage', 'Finish at shutdown'),
  ],
  load: () => import('../commands/admin/upgrade.js'),
};

const instutil: CommandSpec = {
  name: 'instutil',
  summary: 'Commands for installers',
  positionals: 'COMMAND',
  scope: 'sysroot',
  hidden: true,
  options: () => [],
  commands: [
    {
      name: 'selinux-ensure-labeled',
      summary: 'Label the files of a deployment (not supported yet)',
      positionals: '[SUBPATH PREFIX]',
      scope: 'sysroot',
      options: () => [],
      load: () => import('../commands/unsupported.js'),
    },
    {
      name: 'set-kargs',
      summary: 'Set the kernel arguments of the default deployment',
      positionals: '[ARG...]',
      scope: 'sysroot',
      options: () => [
        flag('import-proc-cmdline', 'Begin with the kernel arguments of the running system'),
        flag('merge', 'Begin with the present arguments'),
        text('replace', 'NAME=VALUE', 'Set an argument, replacing others of that name', { repeat: true }),
        text('append', 'NAME=VALUE', 'Add an argument', { repeat: true }),
      ],
      load: () => import('../commands/admin/set-kargs.js'),
    },
    {
      name: 'grub2-generate',
      summary: 'Print GRUB menu entries for the boot entries',
      positionals: '[BOOTVERSION]',
      scope: 'sysroot',
      options: () => [],
      load: () => import('../commands/admin/grub2-generate.js'),
    },
  ],
};

const stateroot = (name: string, summary: string): CommandSpec => ({
  name,
  summary,
  positionals: 'STATEROOT',
  scope: 'sysroot',
  options: () => [],
  load: () => import('../commands/admin/stateroot-init.js'),
});

/** `admin` and what is below it. */
export const admin: CommandSpec = {
  name: 'admin',
  summary: 'Manage the deployments of a host system',
  positionals: '--print-current-dir|COMMAND',
  scope: 'sysroot',
  options: () => [flag('print-current-dir', 'Print the directory of the default deployment', { hidden: true })],
  load: () => import('../commands/admin/print-current-dir.js'),
  commands: [
    {
      name: 'cleanup',
      summary: 'Delete deployments and objects that nothing needs',
      scope: 'sysroot',
      options: () => [],
      load: () => import('../commands/admin/cleanup.js'),
    },
    {
      name: 'config-diff',
      summary: 'Compare /etc with its defaults',
      scope: 'sysroot',
      options: () => [os],
      load: () => import('../commands/admin/config-diff.js'),
    },
    deploy,
    {
      name: 'finalize-staged',
      summary: 'Finish a staged deployment; run at shutdown',
      scope: 'sysroot',
      hidden: true,
      options: () => [flag('hold', 'Only keep /boot mounted')],
      load: () => import('../commands/admin/finalize-staged.js'),
    },
    {
      name: 'lock-finalization',
      summary: 'Hold a staged deployment back, or let it go',
      scope: 'sysroot',
      options: () => [flag('unlock', 'Let it be finished at shutdown', { short: 'u' })],
      load: () => import('../commands/admin/lock-finalization.js'),
    },
    {
      name: 'boot-complete',
      summary: 'Report what failed at shutdown; run after boot',
      scope: 'sysroot',
      hidden: true,
      options: () => [],
      load: () => import('../commands/admin/boot-complete.js'),
    },
    {
      name: 'prepare-soft-reboot',
      summary: 'Make a deployment the target of a soft reboot',
      positionals: 'INDEX',
      scope: 'sysroot',
      options: () => [flag('reboot', 'Reboot softly when done'), flag('reset', 'Take a prepared soft reboot back')],
      load: () => import('../commands/admin/prepare-soft-reboot.js'),
    },
    {
      name: 'state-overlay',
      summary: 'Mount a directory whose changes last',
      positionals: 'NAME MOUNTPATH',
      scope: 'sysroot',
      hidden: true,
      options: () => [],
      load: () => import('../commands/admin/state-overlay.js'),
    },
    {
      name: 'init-fs',
      summary: 'Make the directories of a root file system',
      positionals: 'PATH',
      scope: 'sysroot',
      options: () => [
        flag('modern', 'Only /boot and /ostree'),
        integer('epoch', 'N', 'Layout to make: 0, 1 or 2', { short: 'E' }),
      ],
      load: () => import('../commands/admin/init-fs.js'),
    },
    {
      name: 'install-boot-support',
      summary: 'Put what a deployment needs to boot into a tree',
      scope: 'none',
      options: () => [
        text('root', 'DIR', 'The tree, before its initramfs is made'),
        text('command', 'PATH', 'Where this program will be on the device (default: /usr/bin/ost)'),
        flag('force', 'Replace other boot support'),
      ],
      load: () => import('../commands/admin/install-boot-support.js'),
    },
    stateroot('os-init', 'Make the state of an operating system'),
    stateroot('stateroot-init', 'Make the state of an operating system'),
    {
      name: 'pin',
      summary: 'Protect a deployment from being cleaned up',
      positionals: 'INDEX...',
      scope: 'sysroot',
      options: () => [flag('unpin', 'Protect it no more', { short: 'u' })],
      load: () => import('../commands/admin/pin.js'),
    },
    {
      name: 'post-copy',
      summary: 'Repair a system root after it was copied',
      scope: 'sysroot',
      options: () => [],
      load: () => import('../commands/admin/post-copy.js'),
    },
    {
      name: 'set-origin',
      summary: 'Say where a deployment comes from',
      positionals: 'REMOTENAME URL [BRANCH]',
      scope: 'sysroot',
      options: () => [
        text('set', 'KEY=VALUE', 'Set an option of the remote', { short: 's', repeat: true }),
        integer('index', 'INDEX', 'Deployment to change (default: the booted one)'),
      ],
      load: () => import('../commands/admin/set-origin.js'),
    },
    {
      name: 'status',
      summary: 'List the deployments',
      scope: 'sysroot',
      options: () => [
        flag('verify', 'Print the signatures of the commits', { short: 'V' }),
        flag('skip-signatures', 'Do not print signatures', { short: 'S' }),
        flag('is-default', 'Print whether the booted deployment is the default', { short: 'D' }),
        { ...json, short: 'J' },
      ],
      load: () => import('../commands/admin/status.js'),
    },
    {
      name: 'switch',
      summary: 'Deploy another ref than the present one',
      positionals: 'REFSPEC',
      scope: 'sysroot',
      options: () => [reboot, kexec, os],
      load: () => import('../commands/admin/switch.js'),
    },
    {
      name: 'undeploy',
      summary: 'Delete a deployment',
      positionals: 'INDEX',
      scope: 'sysroot',
      options: () => [],
      load: () => import('../commands/admin/undeploy.js'),
    },
    {
      name: 'set-default',
      summary: 'Make a deployment the default',
      positionals: 'INDEX',
      scope: 'sysroot',
      options: () => [],
      load: () => import('../commands/admin/set-default.js'),
    },
    {
      name: 'unlock',
      summary: 'Make /usr of the booted deployment writable',
      scope: 'sysroot',
      options: () => [flag('hotfix', 'Keep changes over reboots'), flag('transient', 'Mount read-only at first')],
      load: () => import('../commands/admin/unlock.js'),
    },
    upgrade,
    {
      name: 'kargs',
      summary: 'Change kernel arguments',
      positionals: 'COMMAND',
      scope: 'sysroot',
      options: () => [],
      commands: [
        {
          name: 'edit-in-place',
          summary: 'Change the boot entries of all deployments where they are',
          scope: 'sysroot',
          hidden: true,
          options: () => [
            text('append-if-missing', 'NAME=VALUE', 'Add an argument unless it is there', { repeat: true }),
          ],
          load: () => import('../commands/admin/kargs-edit-in-place.js'),
        },
      ],
    },
    instutil,
  ],
};
