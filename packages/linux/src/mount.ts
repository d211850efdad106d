import { bind, check, cstring } from './libc.js';

/** Flags of {@link mount}. */
export const MS: Readonly<
  Record<
    | 'RDONLY'
    | 'NOSUID'
    | 'NODEV'
    | 'NOEXEC'
    | 'REMOUNT'
    | 'BIND'
    | 'MOVE'
    | 'REC'
    | 'SILENT'
    | 'PRIVATE'
    | 'SLAVE'
    | 'SHARED'
    | 'RELATIME',
    number
  >
> = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 32,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  SILENT: 32768,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIME: 1 << 21,
};

/** {@link umount}: detach now, clean up when no longer busy. */
export const MNT_DETACH = 2;

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

/** What to mount; see mount(2). Absent members are passed as NULL. */
export interface MountSpec {
  source?: string | Uint8Array;
  target: string | Uint8Array;
  type?: string;
  flags?: number;
  data?: string | Uint8Array;
}

/** Mounts, remounts, moves or changes the propagation of a mount, as mount(2) does. */
export function mount(spec: MountSpec): void {
  const fn = bind(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  );
  const text = (value: string | Uint8Array | undefined): string | Uint8Array | null =>
    value === undefined ? null : cstring(value, 'mount');
  const result = fn(text(spec.source), text(spec.target), text(spec.type), spec.flags ?? 0, text(spec.data));
  check(result, 'mount', spec.target);
}

/** Unmounts (umount2). */
export function umount(target: string | Uint8Array, flags = 0): void {
  const fn = bind('int umount2(const char *target, int flags)');
  check(fn(cstring(target, 'umount2'), flags), 'umount2', target);
}

/**
 * Gives the calling thread a mount namespace of its own. Only this thread and threads started from it later are
 * in it: call it before the first asynchronous file operation and before any worker starts.
 */
export function unshareMounts(): void {
  check(bind('int unshare(int flags)')(CLONE_NEWNS), 'unshare');
}

/**
 * Moves the calling thread into another mount namespace (setns). Its working directory becomes the root there, and is
 * its own from then on.
 * @param fd an open `/proc/PID/ns/mnt`
 */
export function joinMounts(fd: number): void {
  // The kernel asks for a thread that shares its root and working directory with no other.
  check(bind('int unshare(int flags)')(CLONE_FS), 'unshare');
  check(bind('int setns(int fd, int type)')(fd, CLONE_NEWNS), 'setns');
}
