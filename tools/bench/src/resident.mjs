/**
 * Deploys by `@ost/sysroot` from one process, as an updater does that stays: takes the words of `admin deploy`, deploys a
 * dozen other commits first, and writes how many seconds the last deployment takes to the file `seconds`.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deploy, Sysroot } from '@ost/sysroot';

const { values, positionals } = parseArgs({
  options: { sysroot: { type: 'string', default: '/' }, os: { type: 'string', default: '' } },
  allowPositionals: true,
});
const wanted = positionals.at(-1) ?? '';
const others = Array.from({ length: 12 }, (_, i) => `at-${1 + (i % 6)}`);

/** @param {string} refspec @returns {Promise<number>} seconds */
async function deployOnce(refspec) {
  spawnSync('sync');
  const start = performance.now();
  const sysroot = await Sysroot.open(values.sysroot);
  await sysroot.withLock(() => deploy(sysroot, { refspec, os: values.os }));
  return (performance.now() - start) / 1000;
}

for (const other of others) await deployOnce(other);
writeFileSync('seconds', String(await deployOnce(wanted)));
