import * as fs from 'node:fs';
import { join } from 'node:path';

/**
 * The files of a tree, or the objects of a repository, that a kind needs. Makes the directories that they go to, and for
 * links what is no file.
 * @param {string} kind @param {string} from @param {string} to
 */
export function* walk(kind, from, to) {
  const reads = kind === 'look' || kind === 'verify';
  const objects = reads || kind === 'unpack' || kind === 'fetch';
  const wanted = reads ? /\.(filez?|dirtree|dirmeta|commit)$/ : /\.file$/;
  if (!reads) fs.mkdirSync(to);
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of fs.readdirSync(join(from, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!reads) fs.mkdirSync(to + name);
        folders.push(name);
      } else if (entry.isFile()) {
        if (!objects || wanted.test(name)) yield name;
      } else if (kind === 'deploy') yield name;
      else if (kind === 'link') fs.symlinkSync(fs.readlinkSync(from + name), to + name);
    }
  }
}
