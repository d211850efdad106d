import { basename } from 'node:path';
import { transform } from 'esbuild';
import { joinParts } from './build-parts.cjs';

/** How esbuild gives a CommonJS module its exports, $2: as a copy of an object that it has made before. */
const EXPORTS = /var ([\w$]+)=\{\};(?:[\w$]+\(\1,\{(.*?)\}\);)?module\.exports=[\w$]+\(\1\);/;
/** The functions that it does so with, which every module would have, where there are no others. */
const HELPERS = /^var [\w$]+=Object\.defineProperty;.*?,"__esModule",\{value:!0\}\),[\w$]+\);/;

/**
 * Makes a script of a chunk. Scripts have a code cache, but cannot import: what is imported by name is asked for when it
 * is first used, and what is imported at run time is there at once. See `bin/ost.js`.
 * @param {string} text as an ES module
 */
async function wrap(text) {
  /** @type {Map<string, string[]>} */
  const imports = new Map();
  for (const [, names = '', from = ''] of text.matchAll(/\bimport\{([^}]*)\}from"(\.\/[^"]+)"/g)) {
    imports.set(
      from,
      names.split(',').map((name) => name.replace(/ as .*/, '')),
    );
  }
  // An import of nothing would only run the chunk.
  const { code } = await transform(text.replaceAll(/\bimport"\.\/[^"]+";/g, ''), {
    format: 'cjs',
    minify: true,
    target: 'node20.19',
    supported: { 'dynamic-import': false },
  });
  const lazy = (/** @type {string} */ _, /** @type {string} */ from) =>
    `=lazy("${from}",${JSON.stringify(imports.get(from))})`;
  const body = code
    .replaceAll(/=require\("(\.\/[^"]+)"\)/g, lazy)
    .replace(EXPORTS, 'expose(exports,{$2});')
    .replace(HELPERS, '');
  return `(function(exports,require,lazy,expose,__filename){${body}})`;
}

/**
 * Makes the bundle of its chunks.
 * @param {readonly import('esbuild').OutputFile[]} files
 * @param {readonly string[]} core names of the chunks that every small command runs
 */
export async function joinScripts(files, core) {
  const chunks = await Promise.all(
    files.map(async ({ path, text }) => /** @type {const} */ ([`./${basename(path)}`, await wrap(text)])),
  );
  const members = chunks
    .filter(([name]) => core.includes(name))
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  const others = chunks.filter(([name]) => !core.includes(name));
  const script = (/** @type {string} */ text) => Buffer.from(text, 'latin1');
  return joinParts(
    script(`({${members.join(',\n')}})\n`),
    others.map(([name, text]) => [name, script(`${text}\n`)]),
  );
}
