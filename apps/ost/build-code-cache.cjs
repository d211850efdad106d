/**
 * Runs small commands in this process and keeps what V8 compiled for them. The last line of the output is a list of the
 * chunks that the smallest ran: the core.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { load, modules, scripts } = require('./bin/ost.js');
const { joinParts } = require('./build-parts.cjs');

const directory = mkdtempSync(path.join(tmpdir(), 'ost-build-'));
const option = `--repo=${directory}/repo`;

/** @param {readonly string[]} args */
function runAlone(...args) {
  execFileSync(process.execPath, [require.resolve('./bin/ost.js'), option, ...args]);
}

/** @param {readonly string[]} args */
async function run(...args) {
  process.argv.splice(2, Infinity, option, ...args);
  const command = /** @type {{ main(): Promise<number> }} */ (load('./command.js'));
  if ((await command.main()) !== 0) throw new Error(`failed: ost ${args.join(' ')}`);
}

async function main() {
  runAlone('init', '--mode=archive');
  runAlone('commit', '--branch=main', directory);
  await run('rev-parse', 'main');
  const core = ['./main.js', ...modules.keys()];
  // The core's cache holds nothing that other commands need, so that it is read fast.
  const coreCache = scripts.get('core').createCachedData();
  scripts.delete('core');
  for (const command of ['refs', 'log', 'show', 'ls']) await run(command, ...(command === 'refs' ? [] : ['main']));
  const caches = Array.from(scripts, ([name, script]) => [name, script.createCachedData()]);
  writeFileSync(path.join(__dirname, `dist/ost.js.${process.versions.v8}.cache`), joinParts(coreCache, caches));
  process.stdout.write(JSON.stringify(core));
}

void main().finally(() => rmSync(directory, { recursive: true }));
