import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pinnedPnpm } from '@ost-tools/bootstrap/pnpm';
import { inOrder, members, root } from '@ost-tools/structure/workspace';
import { firstExample } from './example.mjs';
import { run } from './exec.mjs';

const work = await mkdtemp(join(tmpdir(), 'ost-pack-'));
const tarballs = join(work, 'tarballs');

/** @typedef {import('@ost-tools/structure/workspace').Member} Member */

/** Packs all, and says which file holds which package. @param {readonly Member[]} list */
async function packAll(list) {
  /** @type {Record<string, string>} */
  const files = {};
  await mkdir(tarballs, { recursive: true });
  for (const { dir, manifest } of list) {
    const before = await readdir(tarballs);
    await run('npx', ['--yes', pinnedPnpm(root), 'pack', '--pack-destination', tarballs], { cwd: dir });
    const made = (await readdir(tarballs)).find((file) => !before.includes(file));
    if (made === undefined) throw new Error(`${manifest.name}: pnpm pack made nothing`);
    files[manifest.name] = `file:${join(tarballs, made)}`;
  }
  return files;
}

/**
 * A folder with nothing in it but one package and what that needs.
 *
 * @param {Member} member
 * @param {Record<string, string>} files
 */
async function installAlone({ manifest: { name } }, files) {
  const dir = join(work, basename(name));
  await mkdir(dir);
  const manifest = { private: true, type: 'module', dependencies: { [name]: files[name] }, overrides: files };
  await writeFile(join(dir, 'package.json'), JSON.stringify(manifest, null, 2));
  await run('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: dir });
  return dir;
}

/** @param {string} dir @param {Member} member */
async function checkLibrary(dir, member) {
  const { name } = member.manifest;
  const count = await run(
    process.execPath,
    ['--input-type=module', '-e', `console.log(Object.keys(await import('${name}')).length)`],
    { cwd: dir },
  );
  const example = firstExample(await readFile(join(member.dir, 'README.md'), 'utf8'));
  if (example === undefined) throw new Error('The README has no example');
  await writeFile(join(dir, 'example.ts'), example);
  const options = {
    target: 'ES2023',
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['example.ts'] }));
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: dir });
  await run(process.execPath, ['example.js'], { cwd: dir, timeout: 60_000 });
  return `${count.trim()} exports, the README's example runs`;
}

/** @param {string} dir */
async function checkProgram(dir) {
  const ost = join(dir, 'node_modules/.bin/ost');
  const version = await run(ost, ['--version'], { cwd: dir });
  await mkdir(join(dir, 'tree'));
  await writeFile(join(dir, 'tree/hello'), 'hello\n');
  await run(ost, ['init', '--repo=repo', '--mode=archive'], { cwd: dir });
  await run(ost, ['commit', '--repo=repo', '--branch=main', '--subject=first', 'tree'], { cwd: dir });
  await run(ost, ['fsck', '--repo=repo'], { cwd: dir });
  const listed = await run(ost, ['ls', '--repo=repo', 'main'], { cwd: dir });
  if (!listed.includes('/hello')) throw new Error(`ls does not show the file:\n${listed}`);
  return `${version.split('\n')[1]?.trim()}; init, commit, fsck and ls work`;
}

let failed = 0;
let passed = 0;
try {
  const list = inOrder([...members('packages'), ...members('apps')]).filter(({ manifest }) => !manifest.private);
  const files = await packAll(list);
  const only = process.argv.slice(2);
  for (const member of list.filter(({ manifest }) => only.length === 0 || only.includes(manifest.name))) {
    const { name, bin } = member.manifest;
    try {
      const dir = await installAlone(member, files);
      const told = bin === undefined ? await checkLibrary(dir, member) : await checkProgram(dir);
      console.log(`ok   ${name}: ${told}`);
      passed++;
    } catch (error) {
      console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
      failed++;
    }
  }
} finally {
  if (existsSync(work)) await rm(work, { recursive: true, force: true });
}
console.log(`\n${passed} packages work alone, ${failed} do not`);
process.exitCode = failed === 0 ? 0 : 1;
