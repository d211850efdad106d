/**
 * A machine that `ost` alone has installed, in QEMU without acceleration: it boots through its own bootloader, upgrades,
 * rolls back, unlocks, finishes staged deployments at shutdown, and survives power cuts at random moments.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { debianObstacle, hasCommand, run } from '@ost-tools/trees';
import { Checks } from './checks.mjs';
import { makeImage, useMinimalInit } from './image.mjs';
import { powerCuts } from './power-cuts.mjs';
import { scenario } from './scenario.mjs';
import { makeTrees, PROGRAMS } from './tree.mjs';

const USAGE = `usage: npm run boot-test -- [OPTIONS]

  --cuts=N    power cuts during upgrades (default: 25)
  --long      200 of them
  --seed=N    other moments (default: 1)
  --dir=DIR   where trees, disks and logs are kept (default: a temporary directory, removed when all went well)
`;

/** @returns {string | undefined} why the test cannot run here */
function obstacle() {
  const missing = PROGRAMS.filter((name) => !hasCommand(name));
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : debianObstacle();
}

/** @param {string} dir @param {number} cuts @param {number} seed @param {Checks} checks */
async function runAll(dir, cuts, seed, checks) {
  const say = (/** @type {string} */ message) => console.log(`==> ${message}`);
  const trees = await makeTrees(join(dir, 'trees'), say);
  say('making the disk');
  const disk = join(dir, 'disk.img');
  await makeImage(disk, trees, dir);
  const copy = async (/** @type {string} */ name) => {
    const path = join(dir, `${name}.img`);
    await run('cp', ['--sparse=always', '--reflink=auto', disk, path]);
    return path;
  };
  // Two machines at a time, as a small host has two cores.
  const [life, first, second] = [await copy('life'), await copy('first'), await copy('second')];
  await useMinimalInit(first, dir);
  // Cutting the power is as harmless where a deployment is made from the one before.
  await useMinimalInit(second, dir, ['incremental-deploy', 'true']);
  let taken = 0;
  const take = () => (taken < cuts ? ++taken : undefined);
  say(`booting; power cuts with seed ${seed}`);
  await Promise.all([
    scenario(life, dir, checks).then(() => powerCuts(first, join(dir, 'first.log'), checks, take, seed)),
    powerCuts(second, join(dir, 'second.log'), checks, take, seed),
  ]);
}

async function main() {
  const { values } = parseArgs({
    options: {
      cuts: { type: 'string' },
      long: { type: 'boolean' },
      seed: { type: 'string', default: '1' },
      dir: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return process.stdout.write(USAGE);
  const reason = obstacle();
  if (reason !== undefined) {
    console.log(`boot-test: skipped, ${reason}`);
    if (process.env['CI']) process.exitCode = 1;
    return;
  }
  const cuts = Number(values.cuts ?? (values.long ? 200 : 25));
  const dir = values.dir === undefined ? await mkdtemp(join(tmpdir(), 'ost-boot-test-')) : resolve(values.dir);
  await mkdir(dir, { recursive: true });
  const checks = new Checks();
  try {
    await runAll(dir, cuts, Number(values.seed), checks);
  } catch (error) {
    checks.check('the test runs to its end', false, String(error));
  }
  console.log(checks.summary());
  if (checks.failed > 0) {
    console.log(`everything is in ${dir}`);
    process.exitCode = 1;
  } else if (values.dir === undefined) await rm(dir, { recursive: true, force: true });
}

await main();
