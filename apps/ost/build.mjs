/**
 * Bundles the command line into one file of chunks. A chunk is what the same commands need, so a small command reads and
 * compiles little; `bin/ost.js` tells how they are loaded.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { builtins } from './build-builtins.mjs';
import { notices } from './build-notices.mjs';
import { pastIndex } from './build-past-index.mjs';
import { joinScripts } from './build-scripts.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { dependencies, optionalDependencies, version } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));

rmSync(`${here}dist`, { recursive: true, force: true });
mkdirSync(`${here}dist`);

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  entryPoints: ['src/main.mts', 'src/command.mts'],
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minify: true,
  plugins: [builtins, pastIndex],
  legalComments: 'none',
  metafile: true,
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  // Modules that ask for their own address get the bundle's; workers start there.
  inject: ['build-import-meta.mjs'],
  define: { 'import.meta.url': 'bundleUrl', __OST_VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
});

/** Writes the bundle and its code cache; returns what turned out to be the core. */
async function write(/** @type {readonly string[]} */ core) {
  writeFileSync(`${here}dist/ost.js`, await joinScripts(outputFiles, core));
  const output = execFileSync(process.execPath, [`${here}build-code-cache.cjs`], {
    encoding: 'utf8',
    stdio: 'pipe',
    // Nothing of whoever builds may change what commands do; and root must be able to delete deployments afterwards.
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir(), OSTREE_SYSROOT_DEBUG: 'mutable-deployments' },
  });
  return JSON.parse(output.split('\n').at(-1) ?? '');
}
await write(await write([]));
// Files that the system package installs stand beside the bundle as they stand beside the package.
rmSync(`${here}boot-support`, { recursive: true, force: true });
cpSync(fileURLToPath(new URL('../../packages/sysroot/boot-support', import.meta.url)), `${here}boot-support`, {
  recursive: true,
});
writeFileSync(`${here}dist/THIRD-PARTY.txt`, notices(here, Object.keys(metafile.inputs)));
