/** Runs a small command and keeps what V8 compiled for it. */
'use strict';
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const directory = mkdtempSync(path.join(tmpdir(), 'ost-build-'));
process.argv = [process.argv[0], 'ost', `--repo=${directory}`, 'init', '--mode=archive'];
const script = require('./dist/start.js');
process.on('exit', (code) => {
  rmSync(directory, { recursive: true, force: true });
  if (code === 0)
    writeFileSync(path.join(__dirname, `dist/ost.js.${process.versions.v8}.cache`), script.createCachedData());
});
