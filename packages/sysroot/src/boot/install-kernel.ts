import * as fs from 'node:fs';
import { join } from 'node:path';
import type { BootConfig } from '@ost/bootloader';
import { OstError } from '@ost/objects';
import { asOstError, codeOf } from '../errors.js';
import { exists, makeDirs, temporaryBeside } from '../files/files.js';
import type { Layout } from '../state/layout.js';
import type { KernelFile, KernelLayout } from '../tree/kernel.js';

/** What of a deployment the boot files are installed for. */
export interface InstallKernelRequest {
  readonly layout: Layout;
  readonly os: string;
  readonly kernel: KernelLayout;
  /** Paths in entries begin with `/boot`. */
  readonly bootprefix: boolean;
  /** Root of the deployment, relative to the system root. */
  readonly deploymentPath: string;
}

/** Puts kernel, initramfs and device trees into `/boot` and names them in the boot entry. */
export function installKernel(request: InstallKernelRequest, config: BootConfig): void {
  const { layout, os, kernel, deploymentPath } = request;
  const to = layout.bootFiles(os, kernel.bootChecksum);
  makeDirs(to, 0o775);
  const install = (file: KernelFile): void => installFile(join(kernel.dir, file.source), join(to, file.installed));
  const prefix = request.bootprefix ? '/boot/' : '/';
  const place = `ostree/${os}-${kernel.bootChecksum}`;
  const name = (key: string, file: KernelFile): void => void config.set(key, `${prefix}${place}/${file.installed}`);

  install(kernel.kernel);
  name('linux', kernel.kernel);
  if (kernel.initramfs !== undefined) {
    install(kernel.initramfs);
    name('initrd', kernel.initramfs);
    installOverlays(layout, config, prefix);
  } else {
    config.overlayInitrds = [];
  }
  if (kernel.devicetree !== undefined) {
    install(kernel.devicetree);
    name('devicetree', kernel.devicetree);
  } else if (kernel.dtb !== undefined) {
    copyDirectory(join(kernel.dir, kernel.dtb.source), join(to, kernel.dtb.installed));
    name('fdtdir', kernel.dtb);
  }
  if (kernel.hmac !== undefined) install(kernel.hmac);
  if (kernel.aboot !== undefined) {
    install(kernel.aboot);
    config.set('aboot', `/${place}/${kernel.aboot.installed}`);
    config.set('abootcfg', `/${deploymentPath}/usr/lib/ostree-boot/aboot.cfg`);
  }
}

/** Moves overlay initrds that wait in `/run` into `/boot`, and names them in the entry. */
function installOverlays(layout: Layout, config: BootConfig, prefix: string): void {
  config.overlayInitrds = config.overlayInitrds.map((overlay) => {
    const name = overlay.slice(overlay.lastIndexOf('/') + 1);
    const destination = join(layout.overlayInitrds, name);
    const waiting = join(layout.stagedInitrds, overlayChecksum(name));
    if (!exists(destination)) {
      makeDirs(layout.overlayInitrds, 0o755);
      installFile(waiting, destination);
    }
    return `${prefix}ostree/initramfs-overlays/${name}`;
  });
}

/** The checksum in the name of an overlay initrd. */
export function overlayChecksum(name: string): string {
  const match = /^([0-9a-f]{64})\.img$/.exec(name);
  if (match === null) throw new OstError('corrupt', `Malformed overlay initrd filename: ${name}`);
  return match[1] as string;
}

/** Links a file into `/boot`, or copies and syncs it where it cannot be linked; an installed one stays as it is. */
function installFile(from: string, to: string): void {
  if (exists(to)) return;
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EMLINK' && codeOf(error) !== 'EXDEV') throw asOstError(error, `linkat(${to})`);
    copyFile(from, to, 'link');
  }
}

function copyFile(from: string, to: string, publish: 'link' | 'rename'): void {
  const temporary = temporaryBeside(to);
  const stat = fs.statSync(from);
  try {
    fs.copyFileSync(from, temporary, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
    const fd = fs.openSync(temporary, 'r');
    try {
      fs.fchownSync(fd, stat.uid, stat.gid);
      fs.fchmodSync(fd, stat.mode & 0o7777);
      fs.fdatasyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    if (publish === 'rename') fs.renameSync(temporary, to);
    else fs.linkSync(temporary, to);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function copyDirectory(from: string, to: string): void {
  makeDirs(to, 0o755);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, destination] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyDirectory(source, destination);
    else if (entry.isSymbolicLink()) {
      fs.rmSync(destination, { force: true });
      fs.symlinkSync(fs.readlinkSync(source), destination);
    } else if (entry.isFile()) copyFile(source, destination, 'rename');
  }
  const stat = fs.statSync(from);
  fs.chownSync(to, stat.uid, stat.gid);
  fs.chmodSync(to, stat.mode & 0o7777);
}
