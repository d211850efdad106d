import * as fs from 'node:fs';

/** Directories that belong to the system, whatever is mounted there. */
const SYSTEM =
  /^\/(?:$|(?:boot|dev|etc|home|opt|ostree|proc|root|srv|sys|sysroot|tmp|usr|var)(?:\/|$)|run\/(?!media\/))/;

/** `\040` and the like stand for characters that separate fields. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * Mount points of volumes that are no part of the system: whole file systems of block devices, mounted where users mount
 * what they plug in.
 */
export function removableMounts(mountinfo: string = fs.readFileSync('/proc/self/mountinfo', 'utf8')): string[] {
  const devices = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root, mountPoint] = left.split(' ');
    const [, source = ''] = right.split(' ');
    // A later mount on the same directory hides the earlier one.
    if (root !== undefined && mountPoint !== undefined) {
      devices.set(unescape(mountPoint), root === '/' ? unescape(source) : '');
    }
  }
  return [...devices].flatMap(([mountPoint, source]) =>
    source.startsWith('/dev/') && !SYSTEM.test(mountPoint) ? [mountPoint] : [],
  );
}
