import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from './run.js';

/** The attributes of a file as objects hold them: names end in NUL, and offsets of one byte follow. */
function serialized(path: string): Uint8Array {
  const dump = sh(['getfattr', '-h', '-d', '-m', '-', '-e', 'base64', '--absolute-names', path]);
  const entries = [...dump.matchAll(/^([^#=\n][^=\n]*)=0s(.*)$/gm)]
    .map(([, name = '', value = '']) => [Buffer.from(`${name}\0`), Buffer.from(value, 'base64')] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  const parts = entries.map(([name, value]) => Buffer.concat([name, value, Buffer.of(name.length)]));
  let end = 0;
  const ends = parts.map((part) => (end += part.length));
  return Buffer.concat([...parts, Buffer.from(ends)]);
}

/** Turns a bare repository into one of mode bare-split-xattrs, by what the format says. */
export function splitXattrs(repo: string): string {
  const config = join(repo, 'config');
  writeFileSync(config, readFileSync(config, 'utf8').replace('mode=bare', 'mode=bare-split-xattrs'));
  for (const file of sh(['find', join(repo, 'objects'), '-name', '*.file'])
    .trim()
    .split('\n')) {
    const bytes = serialized(file);
    const sum = createHash('sha256').update(bytes).digest('hex');
    const directory = join(repo, 'objects', sum.slice(0, 2));
    const object = join(directory, `${sum.slice(2)}.file-xattrs`);
    sh(['mkdir', '-p', directory]);
    if (!existsSync(object)) writeFileSync(object, bytes);
    linkSync(object, file.replace(/\.file$/, '.file-xattrs-link'));
    for (const name of dumpNames(file)) sh(['setfattr', '-h', '-x', name, file]);
  }
  return repo;
}

function dumpNames(path: string): readonly string[] {
  const dump = sh(['getfattr', '-h', '-m', '-', '--absolute-names', path]);
  return dump.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
