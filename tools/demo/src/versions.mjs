/** What makes version 1 and version 2 of a tree out of any root file system. */
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How many documents version 2 changes. */
const EDITS = 20;

const CONFIG = `# Defaults of the image; a device may change its own copy in /etc.
channel=stable
interval=60
`;

/**
 * Writes text to a file of its own: copies of a tree may share theirs.
 *
 * @param {string} path
 * @param {string} text
 */
async function replace(path, text) {
  await rm(path, { force: true });
  await writeFile(path, text);
}

/**
 * Says in os-release which image this is; the boot menu shows it.
 *
 * @param {string} root
 * @param {number} version
 */
async function nameImage(root, version) {
  const path = join(root, 'usr/lib/os-release');
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const named = lines
    .filter((line) => !line.startsWith('IMAGE_VERSION='))
    .map((line) => line.replace(/^PRETTY_NAME="(.*?)(?:, image \d+)?"$/, `PRETTY_NAME="$1, image ${version}"`));
  await replace(path, `${[...named, `IMAGE_VERSION=${version}`].join('\n')}\n`);
}

/** @param {string} root a tree in the layout that OSTree deploys */
export async function markVersion1(root) {
  await nameImage(root, 1);
  await mkdir(join(root, 'usr/share/ost-demo'), { recursive: true });
  await writeFile(join(root, 'usr/share/ost-demo/only-in-1.txt'), 'This file goes away with version 2.\n');
  await writeFile(join(root, 'usr/etc/ost-demo.conf'), CONFIG);
  if (!existsSync(join(root, 'usr/etc/motd'))) await writeFile(join(root, 'usr/etc/motd'), 'Welcome.\n');
}

/** @param {string} root a copy of version 1 */
export async function changeToVersion2(root) {
  await nameImage(root, 2);
  const demo = join(root, 'usr/share/ost-demo');
  await rm(join(demo, 'only-in-1.txt'));
  await mkdir(join(demo, 'new'), { recursive: true });
  await writeFile(join(demo, 'new/NEWS'), 'Version 2 asks twice as often.\n');
  await replace(join(root, 'usr/etc/ost-demo.conf'), CONFIG.replace('interval=60', 'interval=30'));
  const doc = join(root, 'usr/share/doc');
  if (!existsSync(doc)) return;
  const entries = (await readdir(doc, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const paths = entries.map((entry) => join(doc, entry.name, 'copyright')).filter((path) => existsSync(path));
  for (const path of paths.sort().slice(0, EDITS)) {
    const text = await readFile(path, 'utf8');
    await replace(path, `${text}\nReviewed for image 2.\n`);
  }
}

/**
 * Takes out what would tell where the tree was made.
 *
 * @param {string} root
 */
export async function forgetOrigin(root) {
  await rm(join(root, 'usr/etc/apt/sources.list.d'), { recursive: true, force: true });
  const sources = join(root, 'usr/etc/apt/sources.list');
  if (!existsSync(sources)) return;
  await rm(sources);
  await appendFile(sources, '# The image is updated as a whole.\n');
}
