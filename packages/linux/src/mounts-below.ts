import { readFileSync, realpathSync } from 'node:fs';

/** Where something is mounted on a directory or below it, in this process's mount namespace. */
export function mountsBelow(directory: string): string[] {
  const root = Buffer.from(realpathSync(directory)).toString('latin1');
  const below = root === '/' ? '/' : `${root}/`;
  const points = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .slice(0, -1)
    .map((line) => unescape(line.split(' ')[4] ?? ''));
  return points
    .filter((point) => point === root || point.startsWith(below))
    .map((point) => Buffer.from(point, 'latin1').toString());
}

/** Blanks and the like stand there as octal numbers. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
