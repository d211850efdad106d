/** @typedef {import('./growth.mjs').Curve} Curve */
/** @typedef {{ size: number, value: number }} Mark */

const WIDTH = 400;
const HEIGHT = 280;
const PLOT = { left: 60, right: 380, top: 40, bottom: 230 };
const COLORS = { ost: '#0b6e4f', ostree: '#b3541e' };

/** @param {number} low @param {number} high @param {number} from @param {number} to @returns {(value: number) => number} */
function logarithmic(low, high, from, to) {
  const span = Math.log(high / low) || 1;
  return (value) => from + ((to - from) * Math.log(value / low)) / span;
}

/** @param {number} low @param {number} high @returns {number[]} the powers of ten around */
function powers(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

/** @param {number} seconds */
const seconds = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds} s`);

/** @param {number} value */
const count = (value) => value.toLocaleString('en');

/** One diagram: seconds over size, both logarithmic, so that linear growth is a straight line of one slope. @param {Curve} curve */
function diagram({ label, unit, points }) {
  const sizes = points.map(({ size }) => size);
  const values = points.flatMap(({ programs }) => Object.values(programs).map((figures) => figures.seconds));
  const ticks = powers(Math.min(...values), Math.max(...values));
  const x = logarithmic(Math.min(...sizes), Math.max(...sizes), PLOT.left + 20, PLOT.right - 20);
  const y = logarithmic(ticks[0] ?? 1, ticks.at(-1) ?? 10, PLOT.bottom, PLOT.top);
  const lines = ticks.map((tick) => {
    const at = y(tick).toFixed(1);
    return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${PLOT.left - 6}" y="${at}" text-anchor="end" dominant-baseline="middle">${seconds(tick)}</text>`;
  });
  const names = sizes.map(
    (size) => `<text x="${x(size).toFixed(1)}" y="${PLOT.bottom + 16}" text-anchor="middle">${count(size)}</text>`,
  );
  const curves = /** @type {const} */ (['ostree', 'ost']).map((program) => {
    const at = points.flatMap(({ size, programs: { [program]: figures } }) =>
      figures === undefined ? [] : [`${x(size).toFixed(1)},${y(figures.seconds).toFixed(1)}`],
    );
    const dots = at
      .map((point) => point.split(','))
      .map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${COLORS[program]}"/>`);
    const [endX = '', endY = ''] = at.at(-1)?.split(',') ?? [];
    return `<polyline points="${at.join(' ')}" fill="none" stroke="${COLORS[program]}" stroke-width="2"/>${dots.join('')}<text x="${Number(endX) - 6}" y="${Number(endY) - 8}" text-anchor="end" fill="${COLORS[program]}">${program}</text>`;
  });
  return [
    `<text x="${PLOT.left}" y="20" font-weight="bold">${label}</text>`,
    ...lines,
    ...names,
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 34}" text-anchor="middle">${unit}</text>`,
    ...curves,
  ].join('\n');
}

/** @param {readonly Curve[]} curves @returns {string} an SVG image with a diagram for each, two in a row */
export function plot(curves) {
  const rows = Math.ceil(curves.length / 2);
  const diagrams = curves.map(
    (curve, i) =>
      `<g transform="translate(${(i % 2) * WIDTH} ${Math.floor(i / 2) * HEIGHT})">\n${diagram(curve)}\n</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${rows * HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${diagrams.join('\n')}
</svg>
`;
}
