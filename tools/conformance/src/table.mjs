/** @typedef {import('./judge.mjs').Result} Result */

/** @param {Result | undefined} result */
function cell(result) {
  if (result === undefined) return '-';
  const { verdict, passed, total, skipped } = result;
  if (verdict === 'skip') return 'skip';
  const counts = `${passed}/${total ?? '?'}${skipped > 0 ? ` (${skipped} skipped)` : ''}`;
  return verdict === 'pass' ? counts : `${counts} FAIL`;
}

/**
 * @param {readonly string[]} scripts
 * @param {readonly ('root' | 'user')[]} who
 * @param {readonly Result[]} results
 * @returns {string} one row for each script
 */
export function table(scripts, who, results) {
  const rows = [
    ['script', ...who],
    ...scripts.map((script) => [
      script,
      ...who.map((name) => cell(results.find((r) => r.script === script && r.who === name))),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')).join('\n');
}
