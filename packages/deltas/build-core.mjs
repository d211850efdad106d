/** Compiles `assembly/` to WebAssembly and puts it, as text, into a module of `dist`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = fileURLToPath(new URL('.', import.meta.url));
/** @type {Uint8Array | undefined} */
let binary;
const { error } = await asc.main(
  ['main.ts', '--outFile', 'core.wasm', '-O3', '--runtime', 'stub', '--noAssert', '--uncheckedBehavior', 'always'],
  {
    readFile(name) {
      try {
        return readFileSync(`${here}assembly/${name}`, 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(_, contents) {
      binary = Buffer.from(contents);
    },
    listFiles: () => [],
    stderr: process.stderr,
  },
);
if (error !== null || binary === undefined) throw error ?? new Error('The compiler wrote nothing');
mkdirSync(`${here}dist/bsdiff`, { recursive: true });
const text = Buffer.from(binary).toString('base64');
writeFileSync(`${here}dist/bsdiff/core-binary.js`, `export const coreBinary = '${text}';\n`);
