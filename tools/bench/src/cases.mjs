import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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
 * @property {import('./nginx.mjs').Servers} servers
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
 * @property {boolean} [resident] `ost` is measured in a process that has done the same before, see `resident.mjs`
 * @property {boolean} [http] needs the web server
 * @property {(place: Place) => string[] | Promise<string[]>} setUp makes what the command needs and gives its arguments
 * @property {(place: Place) => string[]} [limit] arguments of `limit/main.mjs`: what the case cannot do without
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

/** @param {Place} place @param {readonly string[]} ends @param {string} from */
async function generateDelta(place, ends, from = place.fixtures.archive) {
  const repo = await filledRepo(place, from);
  prepare(['mkdir', `${place.dir}/delta`]);
  return ['static-delta', 'generate', `--repo=${repo}`, ...ends, `--filename=${place.dir}/delta/superblock`];
}

/** @param {Place} place */
const deltaBytes = ({ dir }) => Number(prepare(['du', '-s', '-B1', '--apparent-size', `${dir}/delta`]).split('\t')[0]);

/** @param {string} repo @param {string} url */
const addRemote = (repo, url) =>
  prepare(['ostree', 'remote', 'add', `--repo=${repo}`, '--no-gpg-verify', 'origin', url]);

/** @param {Place} place @param {keyof Place['servers']} server @param {string} mode */
function client(place, server, mode = 'bare-user', archive = 'archive') {
  const repo = emptyRepo(place, mode);
  addRemote(repo, `${place.servers[server]}/${archive}`);
  return repo;
}

/** A repository that has pulled the first version. @param {Place} place */
async function upToDate(place) {
  const repo = await filledRepo(place, place.fixtures.bareUser);
  addRemote(repo, `${place.servers.near}/archive`);
  prepare(['ostree', 'refs', `--repo=${repo}`, '--create=origin:v1', 'v1']);
  return repo;
}

/** A machine that has the first version in its repository. @param {Place} place @param {keyof Place['servers']} server */
async function sysroot({ dir, fixtures, servers }, server = 'near') {
  const path = `${dir}/sysroot`;
  prepare(['mkdir', path]);
  prepare(['ostree', 'admin', 'init-fs', path]);
  prepare(['rm', '-rf', `${path}/ostree/repo`]);
  await copyRepo(fixtures.bare, `${path}/ostree/repo`);
  addRemote(`${path}/ostree/repo`, `${servers[server]}/archive`);
  prepare(['ostree', 'config', `--repo=${path}/ostree/repo`, 'set', 'sysroot.bootloader', 'none']);
  prepare(['ostree', 'admin', 'os-init', `--sysroot=${path}`, 'debian']);
  return path;
}

/** A machine that has a spare for the commit that it gets next. @param {Place} place */
async function machineWithSpare(place) {
  const path = await sysroot(place);
  const repo = `--repo=${path}/ostree/repo`;
  prepare(['ostree', 'config', repo, 'set', 'sysroot.incremental-deploy', 'true']);
  // From the seventh on, every tree has been looked at once.
  for (const version of ['1', '2', '3', '4', '5', '6', 'next']) {
    const change = `${place.dir}/change`;
    prepare(['sh', '-c', `mkdir -p ${change}/usr/share/change && echo ${version} >${change}/usr/share/change/file`]);
    prepare(['ostree', 'commit', repo, `--branch=at-${version}`, '--tree=ref=v1', `--tree=dir=${change}`]);
    if (version === 'next') break;
    prepare([...PROGRAMS.ost, 'admin', 'deploy', `--sysroot=${path}`, '--os=debian', `at-${version}`]);
  }
  return ['admin', 'deploy', `--sysroot=${path}`, '--os=debian', 'at-next'];
}

/** A machine with two deployments of a tree that has next to nothing. @param {Place} place */
function smallMachine({ dir }) {
  const [path, tree] = [`${dir}/sysroot`, `${dir}/tree`];
  prepare(['mkdir', '-p', path, `${tree}/usr/lib/modules/1`, `${tree}/usr/etc`]);
  writeFileSync(`${tree}/usr/lib/modules/1/vmlinuz`, 'kernel');
  writeFileSync(`${tree}/usr/lib/modules/1/initramfs.img`, 'initramfs');
  writeFileSync(`${tree}/usr/lib/os-release`, 'ID=small\nPRETTY_NAME="Small"\n');
  prepare(['ostree', 'admin', 'init-fs', path]);
  prepare(['ostree', 'config', `--repo=${path}/ostree/repo`, 'set', 'sysroot.bootloader', 'none']);
  prepare(['ostree', 'admin', 'os-init', `--sysroot=${path}`, 'small']);
  for (const version of ['1', '2']) {
    const words = ['--branch=small', `--add-metadata-string=version=${version}`, `--tree=dir=${tree}`];
    prepare(['ostree', 'commit', `--repo=${path}/ostree/repo`, ...words]);
    prepare(['ostree', 'admin', 'deploy', `--sysroot=${path}`, '--os=small', 'small']);
  }
  return path;
}

/** @param {Place} place */
const lookAtObjects = ({ fixtures }) => ['look', `${fixtures.bareUser}/objects`, '', `${fixtures.archive}/objects`];

/** @param {Pick<Place, 'fixtures' | 'servers'>} place */
const deltaUrl = ({ fixtures, servers }) => `${servers.near}/archive${fixtures.delta.slice(fixtures.archive.length)}`;

/** The upgrade of a machine that runs the first version to the second. @param {string} path its system root */
function upgrade(path) {
  prepare(['ostree', 'refs', `--repo=${path}/ostree/repo`, '--create=origin:v2', 'v1']);
  prepare(['ostree', 'admin', 'deploy', `--sysroot=${path}`, '--os=debian', 'origin:v2']);
  return ['admin', 'upgrade', `--sysroot=${path}`, '--os=debian'];
}

/**
 * The names of what the second version has and the first has not, as empty files.
 *
 * @param {Place} place
 * @returns {string} the directory of objects that they are in
 */
function newObjects({ dir, fixtures }) {
  const objects = (/** @type {string} */ ref) => {
    const lines = prepare(['ostree', 'ls', '-R', '-C', `--repo=${fixtures.archive}`, ref])
      .trimEnd()
      .split('\n');
    return lines.flatMap((line) => {
      const [mode = '', , , , first = '', second = ''] = line.split(/ +/, 6);
      return mode.startsWith('d') ? [`${first}.dirtree`, `${second}.dirmeta`] : [`${first}.file`];
    });
  };
  const old = new Set(objects('v1'));
  for (const name of new Set(objects('v2').filter((one) => !old.has(one)))) {
    mkdirSync(`${dir}/new/${name.slice(0, 2)}`, { recursive: true });
    writeFileSync(`${dir}/new/${name.slice(0, 2)}/${name.slice(2)}`, '');
  }
  return `${dir}/new`;
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
    name: 'start-up-status',
    label: 'start-up: admin status, two deployments',
    times: 5,
    deploys: true,
    setUp: (place) => ['admin', 'status', `--sysroot=${smallMachine(place)}`],
  },
  {
    name: 'commit-archive',
    label: 'commit v1 to archive',
    target: 4,
    limit: ({ dir, fixtures }) => ['archive', fixtures.v1, `${dir}/out`],
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
    limit: ({ dir, fixtures }) => ['store', fixtures.v1, `${dir}/out`],
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
    limit: ({ dir, fixtures }) => ['link', fixtures.v1, `${dir}/out`],
    setUp: ({ dir, fixtures }) => ['checkout', '-U', '-H', `--repo=${fixtures.bareUser}`, 'v1', `${dir}/out`],
  },
  {
    name: 'fsck-bare-user',
    label: 'fsck bare-user',
    target: 5,
    limit: ({ fixtures }) => ['verify', `${fixtures.bareUser}/objects`],
    setUp: ({ fixtures }) => ['fsck', '--quiet', `--repo=${fixtures.bareUser}`],
  },
  {
    name: 'fsck-archive',
    label: 'fsck archive',
    target: 3,
    limit: ({ fixtures }) => ['verify', `${fixtures.archive}/objects`],
    setUp: ({ fixtures }) => ['fsck', '--quiet', `--repo=${fixtures.archive}`],
  },
  {
    name: 'ls-first',
    label: 'ls -R, for the first time',
    limit: lookAtObjects,
    setUp: ({ fixtures }) => {
      prepare(['rm', '-f', `${fixtures.archive}/tmp/cache/ost-headers`]);
      return ['ls', '-R', `--repo=${fixtures.archive}`, 'v1'];
    },
  },
  {
    name: 'ls',
    label: 'ls -R, again',
    target: 5,
    limit: lookAtObjects,
    setUp: ({ fixtures }) => {
      const command = ['ls', '-R', `--repo=${fixtures.archive}`, 'v1'];
      if (!existsSync(`${fixtures.archive}/tmp/cache/ost-headers`)) prepare([...PROGRAMS.ost, ...command]);
      return command;
    },
  },
  {
    name: 'prune-first',
    label: 'prune, for the first time',
    setUp: ({ fixtures }) => {
      for (const memory of ['objects', 'dirtrees'])
        prepare(['rm', '-f', `${fixtures.archive}/tmp/cache/ost-${memory}`]);
      return ['prune', '--no-prune', '--refs-only', `--repo=${fixtures.archive}`];
    },
  },
  {
    name: 'prune-scan',
    label: 'prune, nothing to do',
    target: 2,
    setUp: ({ fixtures }) => ['prune', '--no-prune', '--refs-only', `--repo=${fixtures.archive}`],
  },
  {
    name: 'prune-again',
    label: 'prune again, after one commit',
    target: 2,
    setUp: async (place) => {
      const repo = `--repo=${await filledRepo(place, place.fixtures.archive)}`;
      const change = `${place.dir}/change`;
      prepare(['sh', '-c', `mkdir ${change} && echo changed >${change}/file`]);
      for (const program of Object.values(PROGRAMS)) prepare([...program, 'prune', '--refs-only', repo]);
      prepare(['ostree', 'commit', repo, '--branch=v2', '--tree=ref=v2', `--tree=dir=${change}`]);
      return ['prune', '--refs-only', repo];
    },
  },
  {
    name: 'pull-local',
    label: 'pull-local archive to bare-user',
    target: 2,
    limit: ({ dir, fixtures }) => [
      'unpack',
      `${fixtures.bareUser}/objects`,
      `${dir}/out`,
      `${fixtures.archive}/objects`,
    ],
    setUp: (place) => ['pull-local', `--repo=${emptyRepo(place, 'bare-user')}`, place.fixtures.archive, 'v1'],
    result: (place) => contents(place, 'v1'),
  },
  {
    name: 'pull-http',
    label: 'pull v1 over HTTP, loose objects',
    target: 2.5,
    http: true,
    limit: ({ dir, fixtures, servers }) => [
      'fetch',
      `${fixtures.bareUser}/objects`,
      `${dir}/out`,
      `${servers.near}/archive/objects`,
    ],
    setUp: (place) => ['pull', `--repo=${client(place, 'near')}`, '--disable-static-deltas', 'origin', 'v1'],
    result: (place) => contents(place, 'origin:v1'),
  },
  {
    name: 'pull-mirror',
    label: 'pull --mirror v1 into an archive, loose objects',
    http: true,
    setUp: (place) => ['pull', '--mirror', `--repo=${client(place, 'near', 'archive')}`, 'origin', 'v1'],
    result: (place) => contents(place, 'v1'),
  },
  {
    name: 'pull-again',
    label: 'pull v1 again, unchanged',
    http: true,
    setUp: async (place) => ['pull', `--repo=${await upToDate(place)}`, 'origin', 'v1'],
    result: (place) => contents(place, 'origin:v1'),
  },
  {
    name: 'pull-upgrade',
    label: 'pull v1 to v2, loose objects',
    http: true,
    setUp: async (place) => ['pull', `--repo=${await upToDate(place)}`, '--disable-static-deltas', 'origin', 'v2'],
    result: (place) => contents(place, 'origin:v2'),
  },
  {
    name: 'pull-far',
    label: 'pull 1,000 files from a server 50 ms away',
    http: true,
    setUp: (place) => {
      void place.fixtures.small;
      return ['pull', `--repo=${client(place, 'far', 'bare-user', 'small')}`, 'origin', 'main'];
    },
    result: (place) => contents(place, 'origin:main'),
  },
  {
    name: 'pull-failing',
    label: 'pull v1, one request of a hundred fails',
    http: true,
    setUp: (place) => ['pull', `--repo=${client(place, 'failing')}`, '--disable-static-deltas', 'origin', 'v1'],
    result: (place) => contents(place, 'origin:v1'),
  },
  {
    name: 'pull-large',
    label: 'pull one file of 2 GB',
    http: true,
    slow: true,
    setUp: (place) => {
      void place.fixtures.large;
      return ['pull', `--repo=${client(place, 'near', 'bare-user', 'large')}`, 'origin', 'main'];
    },
    result: (place) => contents(place, 'origin:main'),
  },
  {
    name: 'pull-delta',
    label: 'pull v1 to v2 with a delta',
    target: 2,
    http: true,
    limit: ({ dir, fixtures, servers }) => [
      'apply',
      fixtures.delta,
      `${dir}/out`,
      `${fixtures.bareUser}/objects`,
      deltaUrl({ fixtures, servers }),
    ],
    setUp: async (place) => {
      void place.fixtures.delta;
      return ['pull', `--repo=${await upToDate(place)}`, 'origin', 'v2'];
    },
    result: (place) => contents(place, 'origin:v2'),
  },
  {
    name: 'apply-offline',
    label: 'static-delta apply-offline',
    target: 2,
    limit: ({ dir, fixtures }) => ['apply', fixtures.delta, `${dir}/out`, `${fixtures.bareUser}/objects`],
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
    limit: ({ dir, fixtures }) => ['deploy', fixtures.v1, `${dir}/out`],
    setUp: async (place) => ['admin', 'deploy', `--sysroot=${await sysroot(place)}`, '--os=debian', 'v1'],
  },
  {
    name: 'incremental-deploy',
    label: 'admin deploy of a small change, from a spare',
    target: 10,
    deploys: true,
    limit: ({ dir, fixtures }) => {
      prepare(['cp', '-al', fixtures.v1, `${dir}/out`]);
      // Each directory, the files of `/etc`, and what is compared to find local changes of those.
      const looks = 'find . -type d && find etc ! -type d && find etc usr/etc';
      prepare(['sh', '-c', `cd ${dir}/out && rm -rf etc && cp -a usr/etc etc && { ${looks}; } >${dir}/known`]);
      prepare(['sync']);
      return ['renew', `${dir}/known`, `${dir}/out`, `${fixtures.bare}/objects`];
    },
    setUp: machineWithSpare,
  },
  {
    name: 'resident-deploy',
    label: 'the same, by a program that has deployed before',
    target: 10,
    deploys: true,
    resident: true,
    setUp: machineWithSpare,
  },
  {
    name: 'upgrade',
    label: 'admin upgrade v1 to v2, loose objects',
    target: 1.5,
    deploys: true,
    http: true,
    limit: (place) => {
      const { dir, fixtures, servers } = place;
      const fetch = ['fetch', newObjects(place), `${dir}/out`, `${servers.loose}/archive/objects`];
      return [...fetch, '--', 'deploy', fixtures.v2, `${dir}/deployment`];
    },
    setUp: async (place) => upgrade(await sysroot(place, 'loose')),
  },
  {
    name: 'upgrade-delta',
    label: 'admin upgrade v1 to v2 with a delta',
    target: 1.5,
    deploys: true,
    http: true,
    limit: (place) => {
      const { dir, fixtures } = place;
      const apply = ['apply', fixtures.delta, `${dir}/out`, `${fixtures.bareUser}/objects`, deltaUrl(place)];
      return [...apply, '--', 'deploy', fixtures.v2, `${dir}/deployment`];
    },
    setUp: async (place) => {
      void place.fixtures.delta;
      return upgrade(await sysroot(place));
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
  {
    name: 'delta-generate-binary',
    label: 'static-delta generate, one file of 64 MB',
    slow: true,
    setUp: (place) => generateDelta(place, ['--from=v1', '--to=v2'], place.fixtures.binaries),
    bytes: deltaBytes,
  },
];
