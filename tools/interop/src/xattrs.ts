import { sh } from './run.js';

/** Sets an extended attribute, of a symbolic link itself too. */
export function setXattr(path: string, name: string, value: Uint8Array): void {
  const text = `0s${Buffer.from(value).toString('base64')}`;
  sh(['setfattr', '-h', '-n', name, '-v', text, path]);
}

/** All extended attributes below a directory, as lines of `PATH NAME=HEX`, sorted. */
export function listXattrs(root: string): readonly string[] {
  const lines: string[] = [];
  let path = '';
  for (const line of sh(['getfattr', '-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'], { cwd: root }).split('\n')) {
    if (line.startsWith('# file: ')) path = line.slice('# file: '.length);
    else if (line !== '') lines.push(`${path} ${line}`);
  }
  return lines.sort();
}
