/**
 * Runs the suites: `node src/main.mjs [NAME…]`, where NAME is a part of a suite's file name.
 *
 * `OST_REFERENCE` names the other program (default: `ostree`), `OST_PROGRAM` the one that is examined.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { startVitest } from 'vitest/node';

const reference = process.env['OST_REFERENCE'] || 'ostree';
const [command = reference, ...before] = reference.split(/\s+/);
const probe = spawnSync(command, [...before, '--version'], { encoding: 'utf8' });
if (probe.status !== 0) {
  const fatal = process.env['CI'] !== undefined;
  console.log(`interop: ${fatal ? 'cannot run' : 'skipped'}: no reference program (${reference})`);
  process.exit(fatal ? 1 : 0);
}
console.log(`interop: ost against ${reference} ${/Version: '([^']*)'/.exec(probe.stdout)?.[1] ?? ''}`.trimEnd());

const vitest = await startVitest('test', process.argv.slice(2), {
  root: resolve(import.meta.dirname, '..'),
  watch: false,
  reporters: process.env['OST_INTEROP_VERBOSE'] === undefined ? ['default'] : ['verbose'],
});
let passed = 0;
let failed = vitest.state.getUnhandledErrors().length;
for (const module of vitest.state.getTestModules()) {
  const before = failed;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') passed++;
    if (state === 'failed') failed++;
  }
  // A suite that did not even start, or a hook that failed, counts once.
  if (failed === before && !module.ok()) failed++;
}
await vitest.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
