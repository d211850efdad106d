import { copyRepo } from './fixtures.mjs';
import { prepare } from './measure.mjs';
import { PROGRAMS } from './programs.mjs';

/** @typedef {import('./fixtures.mjs').Fixtures} Fixtures */

/**
 * Where a run happens.
 *
 * @typedef {object} Place
 * @property {string} dir an empty folder
 * @property {Fixtures} fixtures
 * @property {string} url where the archive repository is served
 * @property {boolean} fsync
 */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} label
 * @property {number} [target] the ratio to reach
 * @property {number} [times] how many more runs than usual
 * @property {boolean} [slow] left out unless asked for
 * @property {boolean} [deploys] needs root, and a tree with a kernel
 * @property {boolean} [http] needs the web server
 * @property {(place: Place) => string[] | Promise<string[]>} setUp makes what the command needs and gives its arguments
 * @property {(place: Place) => string} [result] what both programs must agree on
 * @property {(place: Place) => number} [bytes] the size of what was made
 */

/** @param {Place} place @param {string} mode */
function emptyRepo({ dir, fsync }, mode) {
  const repo = `${dir}/repo`;
  prepare(['ostree', 'init', `--repo=${repo}`, `--mode=${mode}`]);
  if (!fsync) prepare(['ostree', 'config', `--repo=${repo}`, 'set', 'core.fsync', 'false']);
  return repo;
}

/** @param {Place} place @param {string} from */
async function filledRepo({ dir }, from) {
  await copyRepo(from, `${dir}/repo`);
  return `${dir}/repo`;
}

/** @param {Place} place @param {string} ref */
const contents = (place, ref) => prepare(['ostree', 'ls', '-d', '-C', `--repo=${place.dir}/repo`, ref]).trim();

/** @param {Place} place */
const objectBytes = ({ dir }) =>
  Number(prepare(['du', '-s', '-B1', '--apparent-size', `${dir}/repo/objects`]).split('\t')[0]);

/** @param {Place} place @param {readonly string[]} ends */
async function generateDelta(place, ends) {
  const repo = await filledRepo(place, place.fixtures.archive);
  prepare(['mkdir', `${place.dir}/delta`]);
  return ['static-delta', 'generate', `--repo=${repo}`, ...ends, `--filename=${place.dir}/delta/superblock`];
}

/** @param {Place} place */
const deltaBytes = ({ dir }) => Number(prepare(['du', '-s', '-B1', '--apparent-size', `${dir}/delta`]).split('\t')[0]);

/** @param {Place} place @param {string} repo */
const addRemote = ({ url }, repo) =>
  prepare(['ostree', 'remote', 'add', `--repo=${repo}`, '--no-gpg-verify', 'origin', url]);

/** @param {Place} place a machine that has the first version in its repository @param {string} name */
async function sysroot({ dir, fixtures, url }, name = 'debian') {
  const path = `${dir}/sysroot`;
  prepare(['mkdir', path]);
  prepare(['ostree', 'admin', 'init-fs', path]);
  prepare(['rm', '-rf', `${path}/ostree/repo`]);
  await copyRepo(fixtures.bare, `${path}/ostree/repo`);
  prepare(['ostree', 'remote', 'add', `--repo=${path}/ostree/repo`, '--no-gpg-verify', 'origin', url]);
  prepare(['ostree', 'config', `--repo=${path}/ostree/repo`, 'set', 'sysroot.bootloader', 'none']);
  prepare(['ostree', 'admin', 'os-init', `--sysroot=${path}`, name]);
  return path;
}

/** @type {readonly Case[]} */
export const CASES = [
  {
    name: 'start-up',
    label: 'start-up: rev-parse',
    times: 5,
    setUp: ({ fixtures }) => ['rev-parse', `--repo=${fixtures.archive}`, 'v1'],
  },
  {
    name: 'commit-archive',
    label: 'commit v1 to archive',
    target: 4,
    setUp: (place) => [
      'commit',
      `--repo=${emptyRepo(place, 'archive')}`,
      '--branch=v1',
      '--subject=v1',
      `--tree=dir=${place.fixtures.v1}`,
    ],
    result: (place) => contents(place, 'v1'),
    bytes: objectBytes,
  },
  {
    name: 'commit-again',
    label: 'commit v2 to archive again, unchanged',
    target: 25,
    setUp: async (place) => [
      'commit',
      `--repo=${await filledRepo(place, place.fixtures.archive)}`,
      '--branch=v2',
      '--subject=again',
      `--tree=dir=${place.fixtures.v2}`,
    ],
    result: (place) => contents(place, 'v2'),
  },
  {
    name: 'commit-bare-user',
    label: 'commit v1 to bare-user',
    target: 2.5,
    setUp: (place) => [
      'commit',
      `--repo=${emptyRepo(place, 'bare-user')}`,
      '--branch=v1',
      '--subject=v1',
      `--tree=dir=${place.fixtures.v1}`,
    ],
    result: (place) => contents(place, 'v1'),
  },
  {
    name: 'checkout',
    label: 'checkout -U -H',
    target: 1.8,
    setUp: ({ dir, fixtures }) => ['checkout', '-U', '-H', `--repo=${fixtures.bareUser}`, 'v1', `${dir}/out`],
  },
  {
    name: 'fsck-bare-user',
    label: 'fsck bare-user',
    target: 5,
    setUp: ({ fixtures }) => ['fsck', '--quiet', `--repo=${fixtures.bareUser}`],
  },
  {
    name: 'fsck-archive',
    label: 'fsck archive',
    target: 3,
    setUp: ({ fixtures }) => ['fsck', '--quiet', `--repo=${fixtures.archive}`],
  },
  {
    name: 'ls',
    label: 'ls -R',
    target: 5,
    setUp: ({ fixtures }) => ['ls', '-R', `--repo=${fixtures.archive}`, 'v1'],
  },
  {
    name: 'prune-scan',
    label: 'prune, nothing to do',
    target: 2,
    setUp: ({ fixtures }) => ['prune', '--no-prune', '--refs-only', `--repo=${fixtures.archive}`],
  },
  {
    name: 'pull-local',
    label: 'pull-local archive to bare-user',
    target: 2,
    setUp: (place) => ['pull-local', `--repo=${emptyRepo(place, 'bare-user')}`, place.fixtures.archive, 'v1'],
    result: (place) => contents(place, 'v1'),
  },
  {
    name: 'pull-http',
    label: 'pull v1 over HTTP, loose objects',
    target: 2.5,
    http: true,
    setUp: (place) => {
      const repo = emptyRepo(place, 'bare-user');
      addRemote(place, repo);
      return ['pull', `--repo=${repo}`, '--disable-static-deltas', 'origin', 'v1'];
    },
    result: (place) => contents(place, 'v1'),
  },
  {
    name: 'pull-delta',
    label: 'pull v1 to v2 with a delta',
    target: 2,
    http: true,
    setUp: async (place) => {
      void place.fixtures.delta;
      const repo = await filledRepo(place, place.fixtures.bareUser);
      addRemote(place, repo);
      return ['pull', `--repo=${repo}`, 'origin', 'v2'];
    },
    result: (place) => contents(place, 'origin:v2'),
  },
  {
    name: 'apply-offline',
    label: 'static-delta apply-offline',
    target: 2,
    setUp: async (place) => [
      'static-delta',
      'apply-offline',
      `--repo=${await filledRepo(place, place.fixtures.bareUser)}`,
      place.fixtures.delta,
    ],
  },
  {
    name: 'deploy',
    label: 'admin deploy',
    target: 1.5,
    deploys: true,
    setUp: async (place) => ['admin', 'deploy', `--sysroot=${await sysroot(place)}`, '--os=debian', 'v1'],
  },
  {
    name: 'incremental-deploy',
    label: 'admin deploy of a small change, from a spare',
    target: 1.5,
    deploys: true,
    setUp: async (place) => {
      const path = await sysroot(place);
      const repo = `--repo=${path}/ostree/repo`;
      prepare(['ostree', 'config', repo, 'set', 'sysroot.incremental-deploy', 'true']);
      for (const version of ['1', '2', '3', 'next']) {
        const change = `${place.dir}/change`;
        prepare(['sh', '-c', `mkdir -p ${change}/usr/share/change && echo ${version} >${change}/usr/share/change/file`]);
        prepare(['ostree', 'commit', repo, `--branch=at-${version}`, '--tree=ref=v1', `--tree=dir=${change}`]);
        if (version === 'next') break;
        prepare([...PROGRAMS.ost, 'admin', 'deploy', `--sysroot=${path}`, '--os=debian', `at-${version}`]);
      }
      return ['admin', 'deploy', `--sysroot=${path}`, '--os=debian', 'at-next'];
    },
  },
  {
    name: 'upgrade',
    label: 'admin upgrade v1 to v2, loose objects',
    target: 1.5,
    deploys: true,
    http: true,
    setUp: async (place) => {
      const path = await sysroot(place);
      prepare(['ostree', 'refs', `--repo=${path}/ostree/repo`, '--create=origin:v2', 'v1']);
      prepare(['ostree', 'admin', 'deploy', `--sysroot=${path}`, '--os=debian', 'origin:v2']);
      return ['admin', 'upgrade', `--sysroot=${path}`, '--os=debian'];
    },
  },
  {
    name: 'delta-generate',
    label: 'static-delta generate v1 to v2',
    target: 4,
    slow: true,
    setUp: (place) => generateDelta(place, ['--from=v1', '--to=v2']),
    bytes: deltaBytes,
  },
  {
    name: 'delta-generate-empty',
    label: 'static-delta generate --empty v2',
    target: 1.9,
    slow: true,
    setUp: (place) => generateDelta(place, ['--empty', '--to=v2']),
    bytes: deltaBytes,
  },
];
