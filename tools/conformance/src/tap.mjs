/**
 * What one script reported.
 *
 * @typedef {object} Outcome
 * @property {'pass' | 'fail' | 'skip'} verdict
 * @property {number} passed assertions that held
 * @property {number} skipped assertions that the script left out
 * @property {number | undefined} total assertions that it planned, when it came far enough to say
 * @property {string} reason the first thing that went wrong, or why it was skipped
 */

/**
 * Reads the Test Anything Protocol among whatever else a script printed.
 *
 * @param {string} output
 * @param {number | string} exit an exit code, or how the script ended instead
 * @returns {Outcome}
 */
export function readTap(output, exit) {
  let passed = 0;
  let skipped = 0;
  /** @type {number | undefined} */
  let total;
  let reason = '';
  let skipAll = false;
  for (const line of output.split('\n')) {
    const plan = /^1\.\.(\d+)(?:\s+#\s*skip\w*\s*(.*))?/i.exec(line);
    if (plan !== null) {
      total = Number(plan[1]);
      skipAll = total === 0;
      if (skipAll) reason = plan[2] ?? '';
      continue;
    }
    const result = /^(not )?ok\b(.*)/.exec(line);
    if (result === null) continue;
    if (result[1] !== undefined) reason ||= line;
    else if (/#\s*skip/i.test(result[2] ?? '')) skipped++;
    else passed++;
  }
  if (skipAll && exit === 0) return { verdict: 'skip', passed, skipped, total, reason };
  const whole = total === undefined || passed + skipped === total;
  if (exit === 0 && whole && reason === '') return { verdict: 'pass', passed, skipped, total: total ?? passed, reason };
  if (reason === '') reason = exit === 0 ? `${passed + skipped} of ${total} assertions ran` : lastWords(output, exit);
  return { verdict: 'fail', passed, skipped, total, reason };
}

/** @param {string} output @param {number | string} exit */
function lastWords(output, exit) {
  const lines = output.trimEnd().split('\n');
  const told = lines.findLast((line) => !line.startsWith('+') && /error|fatal|assert|fail/i.test(line));
  return `${typeof exit === 'number' ? `exit ${exit}` : exit}: ${(told ?? lines.at(-1) ?? '').slice(0, 200)}`;
}
