/**
 * Starts the bundle from V8's code cache, which saves most of the time that compiling it takes. The cache is for the
 * V8 that the bundle was built with; under another one the bundle is compiled as usual. Worker threads start here as well.
 */
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const bundle = require.resolve('./ost.js');

function cachedData() {
  try {
    return readFileSync(`${bundle}.${process.versions.v8}.cache`);
  } catch {
    return undefined;
  }
}

// A script has no `import()` of its own, so the build has put `importModule` in its place. esbuild writes plain ASCII,
// which Latin-1 reads fastest.
const parameters = 'exports, require, module, __filename, __dirname, importModule';
const script = new Script(`(function (${parameters}) {${readFileSync(bundle, 'latin1')}\n})`, {
  filename: bundle,
  cachedData: cachedData(),
});
const own = { exports: {} };
const start = /** @type {(...parameters: unknown[]) => void} */ (script.runInThisContext());
start(own.exports, require, own, bundle, __dirname, (/** @type {string} */ name) => import(name));
module.exports = script;
