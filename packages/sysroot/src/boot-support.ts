import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OstError } from '@ost/objects';

/** The files, laid out as in the tree that they go into. */
const SHIPPED = fileURLToPath(new URL('../boot-support/', import.meta.url));

/** Configuration, which a tree may bring itself. */
const CONFIGURATION: ReadonlySet<string> = new Set(['usr/lib/ostree/prepare-root.conf']);

/** Where grub-mkconfig finds its scripts, before and after a tree is made one for deployments. */
const GRUB_SCRIPTS = ['etc/grub.d', 'usr/etc/grub.d'];
const GRUB_SCRIPT = 'usr/lib/ostree/grub2-15_ostree';

/** Options of {@link installBootSupport}. */
export interface BootSupportOptions {
  /** The program that the units start, as its path will be on the device. @default '/usr/bin/ost' */
  readonly command?: string;
  /** Replace other files of these names, such as libostree's own. */
  readonly force?: boolean;
}

/**
 * Installs what a tree needs to boot as a deployment: `ostree-prepare-root` with its hooks for dracut, initramfs-tools
 * and mkinitcpio, `ostree-remount`, the systemd generator and units, and the script of grub-mkconfig. Call it on a tree
 * before its initramfs is made.
 * Nothing is written when a file is in the way.
 * @returns the files that were written, relative to the root
 * @throws OstError `already-exists` when another file has one of the names, `state` when a directory of the tree is a
 * symbolic link, `invalid-argument` for a command that is no plain absolute path
 */
export function installBootSupport(root: string, options: BootSupportOptions = {}): string[] {
  const command = options.command ?? '/usr/bin/ost';
  if (!/^\/[\w.+/-]+$/.test(command)) {
    throw new OstError('invalid-argument', `The command must be a plain absolute path, not '${command}'`);
  }
  const pending = shippedFiles('').flatMap((name) => {
    const text = fs.readFileSync(join(SHIPPED, name), 'utf8').replaceAll('@command@', command);
    assertPlainParents(root, name);
    const present = contentOf(join(root, name));
    return present === text || (present !== null && CONFIGURATION.has(name)) ? [] : [{ name, text, present }];
  });
  const blocking = pending.find(({ present }) => present !== null);
  if (blocking !== undefined && options.force !== true) {
    const message = `${blocking.name}: the tree has other boot support already; replace it with --force`;
    throw new OstError('already-exists', message, { data: { path: blocking.name } });
  }
  const link = missingGrubLink(root);
  for (const { name, text } of pending) writeFile(join(root, name), text);
  if (link !== null) fs.symlinkSync(`/${GRUB_SCRIPT}`, join(root, link));
  return [...pending.map(({ name }) => name), ...(link === null ? [] : [link])];
}

/** The link by which grub-mkconfig puts deployments into its menu; null without grub-mkconfig, or when it is there. */
function missingGrubLink(root: string): string | null {
  const dir = GRUB_SCRIPTS.find((name) => fs.existsSync(join(root, name)));
  if (dir === undefined) return null;
  const link = join(dir, '15_ostree');
  assertPlainParents(root, link);
  return fs.lstatSync(join(root, link), { throwIfNoEntry: false }) === undefined ? link : null;
}

function shippedFiles(dir: string): string[] {
  return fs.readdirSync(join(SHIPPED, dir), { withFileTypes: true }).flatMap((entry) => {
    const name = join(dir, entry.name);
    return entry.isDirectory() ? shippedFiles(name) : [name];
  });
}

/** A link in the way could lead to the machine that builds the tree. */
function assertPlainParents(root: string, name: string): void {
  for (let dir = dirname(name); dir !== '.'; dir = dirname(dir)) {
    const stat = fs.lstatSync(join(root, dir), { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isDirectory()) {
      throw new OstError('state', `${dir} is not a directory of the tree`, { data: { path: dir } });
    }
  }
}

/** Text of a file, the empty text for anything that is no file, `null` when there is nothing. */
function contentOf(path: string): string | null {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  return stat.isFile() ? fs.readFileSync(path, 'utf8') : '';
}

function writeFile(path: string, text: string): void {
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const temporary = `${path}.ost-new`;
  fs.rmSync(temporary, { force: true });
  fs.writeFileSync(temporary, text, { flag: 'wx' });
  fs.chmodSync(temporary, text.startsWith('#!') ? 0o755 : 0o644);
  fs.renameSync(temporary, path);
}
