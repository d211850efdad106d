/**
 * Makes the test vectors of @ost/objects with the reference program; needs root (owners, `trusted.*` attributes), a
 * file system with attributes, `ostree`, `cc`, `python3`, `setfattr`, `getfattr`. A second run makes the same bytes.
 *
 *     node tools/vectors/make.mjs [DIRECTORY]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCommits } from './src/commits.mjs';
import { makeObjects } from './src/objects.mjs';
import { Oracle } from './src/oracle.mjs';
import { makeSummaries } from './src/summaries.mjs';
import { makeTarFiles } from './src/tar.mjs';

if (process.getuid?.() !== 0) throw new Error('Only root can give files away');
process.umask(0o022);

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, '../../packages/objects/test/vectors'));
const scratch = mkdtempSync(join(tmpdir(), 'vectors-'));
try {
  const oracle = new Oracle(scratch);
  const note = `made by ostree ${oracle.version()}, tools/vectors/make.mjs; objects are base64, attributes hex`;
  const write = (/** @type {string} */ name, /** @type {object} */ content) =>
    writeFileSync(join(target, `${name}.json`), `${JSON.stringify({ note, ...content }, null, 1)}\n`);
  mkdirSync(target, { recursive: true });

  const { files, dirmetas, dirtrees } = makeObjects(oracle, scratch);
  write('files', { files, tar: makeTarFiles(oracle, scratch) });
  write('directories', { dirmetas, dirtrees });
  const world = makeCommits(oracle, scratch);
  write('summaries', makeSummaries(oracle, scratch, world));
  write('commits', { commits: world.commits, tombstone: world.bury() });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
