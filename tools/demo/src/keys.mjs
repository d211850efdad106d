/** A fresh key for the server, and how the commands sign with it and verify against it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, hasCommand } from '@ost-tools/trees';

/** GnuPG's agent listens on a socket in its home, and the path of a socket may have 107 bytes. */
const LONGEST_HOME = 80;

/**
 * @typedef {object} Keys
 * @property {readonly string[]} commit options that sign a commit
 * @property {readonly string[]} summary options that sign the summary
 * @property {readonly string[]} remote options that make a device verify
 * @property {string} description
 * @property {() => void} release
 */

/** @param {import('./steps.mjs').Steps} steps @returns {Promise<Keys>} */
async function gpgKeys(steps) {
  const inside = join(steps.cwd, 'gnupg');
  const fits = inside.length <= LONGEST_HOME;
  const home = fits ? 'gnupg' : mkdtempSync(join(tmpdir(), 'gnupg-'));
  if (fits) mkdirSync(inside, { mode: 0o700 });
  const release = () => {
    capture('gpgconf', ['--homedir', fits ? inside : home, '--kill', 'all']);
    if (!fits) rmSync(home, { recursive: true, force: true });
  };
  try {
    const gpg = ['gpg', '--homedir', home, '--batch', '--quiet'];
    const make = ['--pinentry-mode', 'loopback', '--passphrase', '', '--quick-generate-key', 'OST demo', 'ed25519'];
    await steps.run([...gpg, ...make, 'sign', 'never'], { hideErrors: true });
    const list = await steps.run([...gpg, '--with-colons', '--list-keys'], { quiet: true });
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(list)?.[1];
    if (fingerprint === undefined) throw new Error('gpg made no key');
    await steps.run([...gpg, '--output', 'server/key.gpg', '--export', fingerprint]);
    const sign = [`--gpg-sign=${fingerprint}`, `--gpg-homedir=${home}`];
    return {
      commit: sign,
      summary: sign,
      remote: ['--gpg-import=server/key.gpg', '--set=gpg-verify-summary=true'],
      description: `OpenPGP key ${fingerprint}`,
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** @type {Keys} */
const NONE = {
  commit: [],
  summary: [],
  remote: ['--no-gpg-verify'],
  description: 'nothing: GnuPG is not installed',
  release: () => undefined,
};

/** @param {import('./steps.mjs').Steps} steps @returns {Promise<Keys>} */
export async function makeKeys(steps) {
  if (hasCommand('gpg') && hasCommand('gpgconf')) return gpgKeys(steps);
  steps.say('GnuPG is not installed: nothing is signed, and the device is told not to verify (--no-gpg-verify)');
  return NONE;
}
