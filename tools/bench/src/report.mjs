import { cpus, totalmem } from 'node:os';
import { prepare } from './measure.mjs';

/**
 * @typedef {object} Row
 * @property {string} label
 * @property {number | undefined} target
 * @property {Record<'ost' | 'ostree', { seconds: number, megabytes: number | undefined, bytes: number | undefined }>} programs
 * @property {number | undefined} bare how long an empty Node script takes
 * @property {number | undefined} limit how long the bare calls take, see `limit/main.mjs`
 * @property {number} runs
 */

/** @param {number} seconds */
export const time = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`);

/** @param {number | undefined} value */
export const mb = (value) => (value === undefined ? '-' : `${value.toFixed(0)} MB`);

/** @param {Row} row */
function cells({ label, target, programs: { ost, ostree }, bare, limit, runs }) {
  const size = (/** @type {number | undefined} */ bytes) => (bytes === undefined ? '' : (bytes / 1e6).toFixed(1));
  const notes = [
    ...(bare === undefined
      ? []
      : [`an empty Node script: ${time(bare)}, so ${(ost.seconds / bare).toFixed(2)} times that`]),
    ...(limit === undefined
      ? []
      : [
          `the bare calls: ${time(limit)}, ratio ${(ostree.seconds / limit).toFixed(2)}; ost ${(ost.seconds / limit).toFixed(2)} times that`,
        ]),
    ...(ost.bytes === undefined ? [] : [`written: ostree ${size(ostree.bytes)} MB, ost ${size(ost.bytes)} MB`]),
  ];
  return [
    label,
    time(ostree.seconds),
    time(ost.seconds),
    (ostree.seconds / ost.seconds).toFixed(2),
    target === undefined ? '' : String(target),
    mb(ostree.megabytes),
    mb(ost.megabytes),
    String(runs),
    notes.join('; '),
  ];
}

const HEADER = ['operation', 'ostree', 'ost', 'ratio', 'goal', 'ostree memory', 'ost memory', 'runs', 'notes'];

/** @param {readonly Row[]} rows @returns {string} a Markdown table */
export function table(rows) {
  return aligned([HEADER, ...rows.map(cells)]);
}

/** @param {readonly (readonly string[])[]} lines the first is the head @returns {string} a Markdown table */
export function aligned(lines) {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(3, ...lines.map((line) => (line[i] ?? '').length)));
  const text = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  text.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return text.join('\n');
}

/** What the figures were measured on, for the head of a page. */
export function machine() {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? '?'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
}

/** Both programs, for the head of a page. */
export function versions() {
  const version = /Version: '(.*)'/.exec(prepare(['ostree', '--version']))?.[1] ?? '?';
  return `libostree ${version}, Node ${process.versions.node}`;
}

/** @param {readonly Row[]} rows @param {{ tree: string, fsync: boolean }} what */
export function page(rows, { tree, fsync }) {
  return `# Benchmarks

\`npm run bench\` runs \`ost\` and libostree's \`ostree\` by turns on the same trees and writes this page. Figures are medians;
the ratio is the time of \`ostree\` over the time of \`ost\`, so above 1 \`ost\` is faster. Memory is the largest resident set.

"The bare calls" are what the operation cannot do without, and nothing else: the same files read, hashed, (de)compressed, written
and renamed, or linked, from Node on all processors. Where their ratio is below the goal, no program on Node reaches the goal
on this machine.

- Date: ${new Date().toISOString().slice(0, 10)}
- Machine: ${machine()}
- ${versions()}, \`core.fsync\` ${fsync ? 'on' : 'off'} on both sides, warm page cache
- Tree: ${tree}

${table(rows)}

[How cost grows](growth.md) with the number of files, refs and commits, and with their size, is measured by itself.

Absolute times differ between machines, and from day to day on a shared one; the ratios hold much better.
`;
}
