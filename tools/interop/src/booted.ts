import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './programs.js';
import { execute, type Outcome } from './run.js';
import { isRoot } from './scratch.js';

/** A system root that looks, from inside, like the machine that has booted one of its deployments. */
export interface Machine {
  /** The physical root. */
  readonly root: string;
  /** What is at `/run` until it boots anew. */
  readonly run: string;
  /** The deployment that it has booted. */
  readonly deployment: string;
}

/** Where a machine sees the files of the host. */
export const HOST = '/run/host';

/**
 * Mounts what a machine has mounted after a boot, in a namespace of its own: the deployment as `/`, the host's programs
 * over its `/usr`, and the physical root at `/sysroot`. What is run is the first process, whose mounts are the machine's.
 */
const ENTER = `set -e
root=$1 run=$2 deployment=$3
shift 3
mount --make-rprivate /
mount --bind "$deployment" "$deployment"
mount -t overlay overlay -o "lowerdir=$deployment/usr:/usr" "$deployment/usr"
mount --bind "$root" "$deployment/sysroot"
mount --bind "$root/boot" "$deployment/boot"
mount --bind "$root/ostree/deploy/test/var" "$deployment/var"
mount --bind "$run" "$deployment/run"
mount --bind /dev "$deployment/dev"
mount -t proc proc "$deployment/proc"
cd "$deployment"
mkdir -p run/host
pivot_root . run/host
exec "$@"`;

const enter = (machine: Machine, command: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome => {
  const { root, run, deployment } = machine;
  return execute(
    ['unshare', '--mount', '--pid', '--fork', 'sh', '-c', ENTER, 'sh', root, run, deployment, ...command],
    { env },
  );
};

/** Whether machines can be made here. */
export const canBoot: boolean =
  isRoot &&
  execute(['unshare', '--mount', 'sh', '-c', 'mount --make-rprivate / && mount -t tmpfs none /mnt']).code === 0;

/** Boots what the bootloader's first entry says. `/run` is empty then, but for what early boot leaves there. */
export function boot(root: string, run: string): Machine {
  const entries = join(root, 'boot/loader/entries');
  const [first = ''] = readdirSync(entries).sort().reverse();
  const link = /ostree=(\S+)/.exec(readFileSync(join(entries, first), 'utf8'))?.[1];
  if (link === undefined) throw new Error(`No deployment in ${first}`);
  mkdirSync(run);
  writeFileSync(join(run, 'ostree-booted'), '');
  return { root, run, deployment: realpathSync(join(root, link)) };
}

/** Runs a program on a machine. */
export function attemptOn(
  machine: Machine,
  program: Program,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const command = program.command.map((word) => (word.startsWith('/') && existsSync(word) ? HOST + word : word));
  return enter(machine, [...command, ...args], env);
}
