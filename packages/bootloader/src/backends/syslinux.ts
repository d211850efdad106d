import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { OstError } from '@ost/objects';
import type { BootConfig } from '../boot-config.js';
import type { Bootloader, WriteConfigRequest } from '../bootloader.js';
import { joinLines } from '../native-lines.js';
import { readConfig } from '../read-config.js';
import { replaceFile } from '../replace-file.js';

const CONFIG = 'boot/syslinux/syslinux.cfg';

/** SYSLINUX and EXTLINUX: rewrites `syslinux.cfg`, keeping every block that is not about an OSTree kernel. */
export const syslinux: Bootloader = {
  name: 'syslinux',

  async query(root) {
    return lstatSync(join(root, CONFIG), { throwIfNoEntry: false }) !== undefined;
  },

  async isAtomic() {
    return true;
  },

  async writeConfig(request) {
    const current = readConfig(request.root, CONFIG);
    replaceFile(join(request.root, `boot/loader.${request.bootversion}/syslinux.cfg`), rewrite(current, request));
  },
};

function rewrite(current: string, request: WriteConfigRequest): string {
  const { lines, makeDefault } = foreignLines(current.split('\n'));
  const prefix = request.bootprefix === true ? '' : '/boot';
  for (const [index, entry] of request.entries.entries()) {
    const title = entry.get('title') ?? '(Untitled)';
    if (index === 0 && makeDefault) lines.push(`DEFAULT ${title}`);
    lines.push(`LABEL ${title}`, ...block(entry, prefix));
  }
  return joinLines(lines);
}

function block(entry: BootConfig, prefix: string): string[] {
  const linux = entry.get('linux');
  if (linux === undefined) throw new OstError('config', 'No "linux" key in bootloader config');
  const lines = [`\tKERNEL ${prefix}${linux}`];
  const initrd = entry.get('initrd');
  if (initrd !== undefined) lines.push(`\tINITRD ${prefix}${initrd}`);
  const devicetree = entry.get('devicetree');
  if (devicetree !== undefined) lines.push(`\tDEVICETREE ${prefix}${devicetree}`);
  const options = entry.get('options');
  if (options !== undefined) lines.push(`\tAPPEND ${options}`);
  return lines;
}

/** The lines of a configuration that are not ours, and whether we own its DEFAULT. */
function foreignLines(source: readonly string[]): { lines: string[]; makeDefault: boolean } {
  const lines: string[] = [];
  let sawDefault = false;
  let ownDefault = false;
  for (let at = 0; at < source.length; ) {
    const line = source[at] as string;
    if (line.startsWith('LABEL ')) {
      let end = at + 1;
      while (end < source.length && (source[end] as string).startsWith('\t')) end++;
      const label = source.slice(at, end);
      if (!isOurs(label)) lines.push(...label);
      at = end;
      continue;
    }
    if (line.startsWith('DEFAULT ')) {
      sawDefault = true;
      if (line.startsWith('DEFAULT ostree:') || line.includes('(ostree')) ownDefault = true;
    } else {
      lines.push(line);
    }
    at++;
  }
  return { lines, makeDefault: ownDefault || !sawDefault };
}

function isOurs(label: readonly string[]): boolean {
  const kernel = label.findLast((line) => line.startsWith('\tKERNEL '))?.slice('\tKERNEL '.length);
  if (kernel === undefined) throw new OstError('config', 'No KERNEL argument found after LABEL');
  return kernel.startsWith('/ostree/') || kernel.startsWith('/boot/ostree/');
}
