import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { judge } from './judge.mjs';
import { readOptions, USAGE } from './options.mjs';
import { runScript } from './run-script.mjs';
import { PLAIN, plainWho } from './scripts.mjs';
import { findTests, installInStage, makeStage, removeStage, scriptFile, userCanRun } from './stage.mjs';
import { table } from './table.mjs';

const here = resolve(import.meta.dirname, '..');
const app = resolve(here, '../../apps/ost');
const logs = resolve(here, '../../.cache/conformance');

/** @param {string} why @returns {never} */
function unavailable(why) {
  const fatal = process.env['CI'] !== undefined;
  console.log(`conformance: ${fatal ? 'cannot run' : 'skipped'}: ${why}`);
  process.exit(fatal ? 1 : 0);
}

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const tests = options.tests ?? findTests();
if (tests === undefined) unavailable("libostree's tests are not installed (Debian: apt-get install ostree-tests)");
if (options.oracle && spawnSync('ostree', ['--version']).status !== 0) unavailable('ostree is not installed');

const stage = await makeStage(tests, options.oracle ? undefined : join(app, 'bin/ost.js'));
process.on('exit', () => spawnSync('rm', ['-rf', stage.base]));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));
if (!options.oracle && options.who.includes('user') && process.getuid?.() === 0 && !userCanRun(stage)) {
  await installInStage(stage, app);
  if (!userCanRun(stage)) throw new Error('An ordinary user cannot run ost; try a clone outside of root-only folders');
}

const plain = options.scripts.length === 0;
const names = plain ? PLAIN : options.scripts;
const wanted = names.includes('all') ? stage.scripts : names;
const missing = wanted.filter((name) => scriptFile(stage, name) === undefined);
if (missing.length > 0) throw new Error(`No such script: ${missing.join(', ')}`);

/** @type {Record<string, import('./judge.mjs').Expected>} */
const expected = options.oracle ? {} : JSON.parse(readFileSync(join(here, 'expected-failures.json'), 'utf8'));
await mkdir(logs, { recursive: true });

const queue = wanted.flatMap((script) => {
  const who = plain && options.as === undefined ? plainWho(script, options.who) : options.who;
  return who.map((one) => ({ script, who: one }));
});
/** @type {import('./judge.mjs').Result[]} */
const results = [];
/** Some scripts listen on a port of their own, so no script runs twice at a time. @type {Set<string>} */
const busy = new Set();
async function work() {
  for (;;) {
    const index = queue.findIndex(({ script }) => !busy.has(script));
    const [next] = index === -1 ? [] : queue.splice(index, 1);
    if (next === undefined) return;
    const { script, who } = next;
    busy.add(script);
    const log = join(logs, `${script}.${who}${options.oracle ? '.oracle' : ''}.log`);
    const outcome = await runScript(stage, script, who, { timeout: options.timeout, log });
    busy.delete(script);
    const result = { script, who, log, ...outcome, ...judge(outcome, script, who, expected) };
    results.push(result);
    if (result.good && !options.keep) await rm(log);
    const count = outcome.total === undefined ? `${outcome.passed}` : `${outcome.passed}/${outcome.total}`;
    const note = outcome.verdict === 'pass' ? '' : `  ${outcome.reason}`;
    console.log(`${outcome.verdict.padEnd(4)} ${script} (${who}) ${count} ${outcome.seconds.toFixed(0)} s${note}`);
  }
}
await Promise.all(Array.from({ length: options.jobs }, work));
await removeStage(stage);

console.log(`\n${table(wanted, options.who, results)}\n`);
const bad = results.filter((result) => !result.good);
for (const { script, who, complaint, log } of bad) console.log(`${script} (${who}): ${complaint}\n  log: ${log}`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
const sum = results.reduce((total, { passed }) => total + passed, 0);
console.log(`${sum} assertions held in ${results.length} runs; ${bad.length} runs are not as expected`);
process.exitCode = bad.length > 0 && !options.oracle ? 1 : 0;
