/**
 * Every root script: what must be there first, and what runs then.
 *
 * @typedef {object} Job
 * @property {boolean} [build] whether the packages must be built first
 * @property {(args: string[]) => readonly (readonly string[])[]} commands run in turn until one fails; the first word
 *   is a program: `turbo`, a tool from the workspace's node_modules, or `node`
 */

/** @param {string[]} names */
const filters = (names) => names.map((name) => `--filter=${name}`);

/** @param {string} path @param {string[]} args */
const script = (path, args) => ['node', `tools/${path}`, ...args];

const STRUCTURE = [
  'node',
  '--test',
  ...['imports', 'arrows', 'manifests'].map((name) => `tools/structure/test/${name}.test.mjs`),
];

/** @type {Record<string, Job>} */
export const jobs = {
  build: { build: true, commands: () => [] },
  start: { build: true, commands: (args) => [script('demo/src/main.mjs', args)] },
  test: {
    build: true,
    commands: (args) => [
      ['turbo', 'run', 'test', '--continue', '--output-logs=full', '--concurrency=2', ...filters(args)],
      ...(args.length === 0 ? [STRUCTURE] : []),
    ],
  },
  typecheck: { build: true, commands: (args) => [['turbo', 'run', 'typecheck', '--continue', ...filters(args)]] },
  lint: { build: true, commands: (args) => [['oxlint', '--type-aware', '--deny-warnings', ...args]] },
  format: { commands: (args) => [['biome', 'format', '--write', ...args]] },
  'format:check': { commands: (args) => [['biome', 'format', ...args]] },
  structure: { commands: () => [STRUCTURE] },
  interop: { build: true, commands: (args) => [script('interop/src/main.mjs', args)] },
  conformance: { build: true, commands: (args) => [script('conformance/src/main.mjs', args)] },
  'boot-test': { build: true, commands: (args) => [script('boot-test/src/main.mjs', args)] },
  bench: { build: true, commands: (args) => [script('bench/src/main.mjs', args)] },
  'pack-check': { build: true, commands: (args) => [script('pack-check/src/main.mjs', args)] },
  changeset: { commands: (args) => [['changeset', ...args]] },
};
