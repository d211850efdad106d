/**
 * @typedef {object} Expected a script that is known to fail
 * @property {readonly ('root' | 'user')[]} who
 * @property {string} reason
 *
 * @typedef {import('./tap.mjs').Outcome} Outcome
 *
 * @typedef {{ good: boolean, complaint: string }} Verdict
 *
 * @typedef {{ script: string, who: 'root' | 'user', log: string, seconds: number } & Outcome & Verdict} Result
 */

/**
 * Holds an outcome against the list of known gaps, which only shrinks: a script on it that passes must leave it.
 *
 * @param {Outcome} outcome
 * @param {string} script
 * @param {'root' | 'user'} who
 * @param {Record<string, Expected>} expected
 * @returns {Verdict}
 */
export function judge(outcome, script, who, expected) {
  const known = expected[script]?.who.includes(who) === true;
  if (outcome.verdict === 'fail' && !known) return { good: false, complaint: outcome.reason };
  if (outcome.verdict === 'pass' && known) {
    return { good: false, complaint: 'passes, so it must leave expected-failures.json' };
  }
  return { good: true, complaint: '' };
}
