/**
 * Runs commands in this process and keeps what V8 compiled for them. The last line of the output is a list of the chunks
 * that the smallest ran: the core.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const { load, loaded, scripts } = require('./bin/ost.js');
const { joinParts } = require('./build-parts.cjs');
const { tour } = require('./build-tour.cjs');

// V8 takes a cache only under the flags that it was made under, and some commands set flags.
v8.setFlagsFromString = () => {};

const directory = mkdtempSync(path.join(tmpdir(), 'ost-build-'));

/** @param {readonly string[]} args */
function runAlone(...args) {
  execFileSync(process.execPath, [require.resolve('./bin/ost.js'), ...args]);
}

/** @param {readonly string[]} args */
async function run(...args) {
  process.argv.splice(2, Infinity, ...args);
  const command = /** @type {{ main(): Promise<number> }} */ (load('./command.js'));
  if ((await command.main()) !== 0) throw new Error(`failed: ost ${args.join(' ')}`);
}

async function main() {
  const repo = `--repo=${directory}/repo`;
  runAlone('init', repo, '--mode=archive');
  runAlone('commit', repo, '--branch=main', `${__dirname}/bin`);
  await run('rev-parse', repo, 'main');
  const core = ['./main.js', ...loaded];
  // The core's cache holds nothing that other commands need, so that it is read fast.
  const coreCache = scripts.get('core').createCachedData();
  scripts.delete('core');
  await tour(directory, run);
  const caches = Array.from(scripts, ([name, script]) => [name, script.createCachedData()]);
  writeFileSync(path.join(__dirname, `dist/ost.js.${process.versions.v8}.cache`), joinParts(coreCache, caches));
  process.stdout.write(JSON.stringify(core));
}

void main().finally(() => rmSync(directory, { recursive: true }));
