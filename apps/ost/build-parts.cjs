/**
 * Joins the scripts of a bundle, or V8's caches of them, to one file, which `bin/ost.js` reads: a line with the lengths of
 * the next two, the core's part, a table that tells in JSON where the others are, and these.
 */
'use strict';

/**
 * @param {Buffer} core
 * @param {Iterable<readonly [name: string, part: Buffer]>} others
 */
exports.joinParts = (core, others) => {
  /** @type {Record<string, [start: number, length: number]>} */
  const places = {};
  const parts = [];
  let end = 0;
  for (const [name, part] of others) {
    places[name] = [end, part.length];
    parts.push(part);
    end += part.length;
  }
  const table = Buffer.from(JSON.stringify(places));
  return Buffer.concat([Buffer.from(`${core.length} ${table.length}\n`), core, table, ...parts]);
};
