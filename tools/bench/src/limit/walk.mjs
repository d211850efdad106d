import * as fs from 'node:fs';
import { join } from 'node:path';

/** Kinds that take each object of a repository. */
const OBJECTS = new Set(['look', 'verify', 'unpack', 'fetch']);
/** Kinds that store all that is in a tree; directories are named with a slash at their end. */
const STORED = new Set(['store', 'archive']);

/** The directories that were made. @type {string[]} */
export const made = [];

/** @param {string} to @param {string} name */
function make(to, name) {
  fs.mkdirSync(to + name);
  made.push(to + name);
}

/**
 * What of a tree, or of the objects of a repository, a kind needs. For links, makes the directories that they go to and
 * what is no file.
 * @param {string} kind @param {string} from @param {string} to
 */
export function* walk(kind, from, to) {
  const objects = OBJECTS.has(kind);
  const stored = STORED.has(kind);
  const mirrored = !objects && !stored;
  if (mirrored) make(to, '');
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (stored) yield `${folder}/`;
    for (const entry of fs.readdirSync(join(from, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (mirrored) make(to, name);
        folders.push(name);
      } else if (objects) {
        if (/\.(filez?|dirtree|dirmeta|commit)$/.test(name)) yield name;
      } else if (stored || entry.isFile() || kind === 'deploy') yield name;
      else if (kind === 'link') fs.symlinkSync(fs.readlinkSync(from + name), to + name);
    }
  }
}
