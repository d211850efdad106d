/**
 * Bundles the command line into one CommonJS file, which Node starts faster than modules. What a command does not use
 * is not run: `import()` stays lazy inside the bundle.
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { builtins } from './build-builtins.mjs';
import { notices } from './build-notices.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { dependencies, optionalDependencies, version } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));

rmSync(`${here}dist`, { recursive: true, force: true });
mkdirSync(`${here}dist`);

const result = await build({
  absWorkingDir: here,
  entryPoints: ['src/main.mts'],
  outfile: 'dist/ost.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  minify: true,
  plugins: [builtins],
  legalComments: 'none',
  metafile: true,
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  // Modules that ask for their own address get the bundle's; workers start there.
  inject: ['build-import-meta.mjs'],
  define: { 'import.meta.url': 'bundleUrl', __OST_VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
});

// start.js gives the bundle a way to import what is not in it; see there.
const bundle = readFileSync(`${here}dist/ost.js`, 'latin1');
writeFileSync(`${here}dist/ost.js`, bundle.replaceAll(/\bimport\((?="[^"]+"\))/g, 'importModule('), 'latin1');
writeFileSync(`${here}dist/THIRD-PARTY.txt`, notices(here, Object.keys(result.metafile.inputs)));
chmodSync(`${here}bin/ost.js`, 0o755);
copyFileSync(`${here}start.cjs`, `${here}dist/start.js`);
execFileSync(process.execPath, [`${here}build-code-cache.cjs`], { stdio: 'inherit' });
