/**
 * Starts the bundle from V8's code cache, which saves most of the time that compiling it takes. A cache of another
 * Node version is refused by V8, and the bundle is then compiled as usual.
 */
'use strict';
const { readFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { constants, Script } = require('node:vm');

const bundle = require.resolve('./ost.js');

function cachedData() {
  try {
    return readFileSync(`${bundle}.cache`);
  } catch {
    return undefined;
  }
}

// esbuild writes plain ASCII, which Latin-1 reads fastest.
const script = new Script(wrap(readFileSync(bundle, 'latin1')), {
  filename: bundle,
  cachedData: cachedData(),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const own = { exports: {} };
script.runInThisContext()(own.exports, createRequire(bundle), own, bundle, __dirname);
module.exports = script;
