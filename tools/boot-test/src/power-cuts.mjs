/** Upgrades that lose their power at random moments. After each, the old or the new version boots and goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withMachine } from './machine.mjs';

/** @typedef {import('./checks.mjs').Checks} Checks */
/** @typedef {import('./machine.mjs').Machine} Machine */

/** Seconds that an upgrade takes here at most; most of the cuts come earlier. */
const WHOLE = 24;
/** Seconds from the end of the checkout until everything is cleaned up. */
const SWAP = 7;

/**
 * A generator of numbers from 0 to 1 (mulberry32): the same seed cuts at the same moments.
 *
 * @param {number} seed
 */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Upgrades until the power goes: half of the time at any moment, else while boot entries are written and swapped.
 *
 * @param {Machine} machine @param {string} ref @param {() => number} next
 * @returns {Promise<string>} when it went
 */
async function upgradeAndCut(machine, ref, next) {
  const swap = next() < 0.5;
  const moment = next() * (swap ? SWAP : WHOLE);
  const upgrade = machine.run(`ost admin switch boot-test:${ref}`, 300);
  // The machine goes off under it, which is what is wanted.
  const ended = upgrade.then(
    ({ status, output }) => (status === 0 ? 'ended' : `failed: ${output}`),
    () => 'cut',
  );
  if (swap) await Promise.race([ended, machine.seen('Copying /etc')]);
  const outcome = await Promise.race([ended, sleep(moment * 1000, 'running')]);
  await machine.cut();
  if (outcome.startsWith('failed')) throw new Error(outcome);
  return `${moment.toFixed(1)} s ${swap ? 'after the checkout' : 'after the start'}${outcome === 'ended' ? ', when it was done' : ''}`;
}

/**
 * @param {Machine} machine @param {Checks} checks @param {readonly string[]} allowed
 * @returns {Promise<string>} the version that runs
 */
async function survived(machine, checks, allowed) {
  await machine.ready();
  const version = await machine.ask('cat /usr/share/boot-test-version');
  checks.check(`version ${version} boots`, allowed.includes(version), `expected ${allowed.join(' or ')}`);
  const { deployments } = JSON.parse(await machine.ask('ost admin status --json'));
  const booted = deployments.filter((/** @type {{ booted: boolean }} */ one) => one.booted).length;
  checks.check('it is in the list', booted === 1, JSON.stringify(deployments));
  return version;
}

/**
 * @param {string} disk it is changed
 * @param {string} log
 * @param {Checks} checks
 * @param {() => number | undefined} take the number of the next cut, until there are enough
 * @param {number} seed
 */
export async function powerCuts(disk, log, checks, take, seed) {
  let allowed = ['1'];
  for (let cut = take(); ; cut = take()) {
    const enough = await withMachine(disk, log, async (machine) => {
      const version = await survived(machine, checks, allowed);
      if (cut === undefined) return true;
      const moment = await upgradeAndCut(machine, version === '1' ? 'os/two' : 'os/one', random(seed * 1000 + cut));
      console.log(`cut ${cut}: version ${version} upgrading, off ${moment}`);
      return false;
    });
    if (enough) return;
    allowed = ['1', '2'];
  }
}
