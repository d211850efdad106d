import * as fs from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readXattrs } from '@ost/linux';

/** What {@link listing} compares. */
export interface ListingOptions {
  /** Owners and xattrs too. @default true */
  readonly owners?: boolean;
  /** Whether the directories' and files' times and link counts count. @default false */
  readonly times?: boolean;
}

/** One line for each entry below a directory, sorted: type, mode, owner, xattrs, content. */
export function listing(root: string, options: ListingOptions = {}): string[] {
  const lines: string[] = [];
  walk(root, '', lines, options);
  return lines;
}

function walk(root: string, name: string, lines: string[], options: ListingOptions): void {
  const path = name === '' ? root : join(root, name);
  const stat = fs.lstatSync(path);
  const mode = stat.isSymbolicLink() ? 'link' : stat.mode.toString(8);
  const facts = [name === '' ? '.' : name, mode];
  if (options.owners ?? true) {
    facts.push(`${stat.uid}:${stat.gid}`);
    for (const { name: key, value } of readXattrs(path)) {
      facts.push(`${Buffer.from(key).toString()}=${Buffer.from(value).toString('hex')}`);
    }
  }
  if (options.times === true && !stat.isSymbolicLink()) facts.push(`${Math.floor(stat.mtimeMs / 1000)}`);
  if (stat.isSymbolicLink()) facts.push(`-> ${fs.readlinkSync(path)}`);
  if (stat.isFile()) facts.push(createHash('sha256').update(fs.readFileSync(path)).digest('hex').slice(0, 16));
  lines.push(facts.join(' '));
  if (!stat.isDirectory()) return;
  for (const entry of fs.readdirSync(path).sort()) walk(root, name === '' ? entry : `${name}/${entry}`, lines, options);
}

/** Everything of a repository that a failed operation must not change: objects, refs, state, configuration. */
export function repoState(repo: string): string[] {
  return ['objects', 'refs', 'state', 'config', 'summary'].flatMap((part) =>
    fs.existsSync(join(repo, part)) ? listing(join(repo, part)).map((line) => `${part} ${line}`) : [],
  );
}

/** What is in `tmp` besides the cache. */
export function leftovers(repo: string): string[] {
  return fs.readdirSync(join(repo, 'tmp')).filter((name) => name !== 'cache');
}
