/** Links and looks: nothing here loads anything, because it would take as long as a small case. */
import * as fs from 'node:fs';

const start = Buffer.alloc(4096);

/** @param {string} path @param {string} to */
export const link = (path, to) => fs.linkSync(path, to);

/** @param {string} path */
export function look(path) {
  const fd = fs.openSync(path, 'r');
  fs.readSync(fd, start, 0, start.length, 0);
  fs.closeSync(fd);
}
