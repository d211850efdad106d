import { aligned, machine, mb, time, versions } from './report.mjs';

/** @typedef {import('./growth.mjs').Curve} Curve */

const HEADER = ['size', 'ostree', 'ost', 'ratio', 'ostree memory', 'ost memory', 'runs'];

/** @param {Curve} curve */
function section({ label, unit, points }) {
  const rows = points.map(({ size, runs, programs: { ost, ostree } }) => [
    `${size.toLocaleString('en')} ${unit}`,
    ostree === undefined ? '-' : time(ostree.seconds),
    time(ost.seconds),
    ostree === undefined ? '-' : (ostree.seconds / ost.seconds).toFixed(2),
    mb(ostree?.megabytes),
    mb(ost.megabytes),
    String(runs),
  ]);
  return `## ${label[0]?.toUpperCase()}${label.slice(1)}\n\n${aligned([HEADER, ...rows])}\n`;
}

/** @param {readonly Curve[]} curves @returns {string} a page in Markdown */
export function growthPage(curves) {
  return `# How cost grows

\`npm run bench -- --growth --slow\` runs both programs on more and more of one thing and writes this page. Figures are
medians; the ratio is the time of \`ostree\` over the time of \`ost\`. Memory is the largest resident set. Where \`ostree\` has no
figures it would have taken more than four minutes (\`--alone\`).

- Date: ${new Date().toISOString().slice(0, 10)}
- Machine: ${machine()}
- ${versions()}, \`core.fsync\` off on both sides, warm page cache

![seconds over size](growth.svg)

${curves.map(section).join('\n')}`;
}
