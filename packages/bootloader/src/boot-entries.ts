import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isOstError } from '@ost/objects';
import { BootConfig } from './boot-config.js';
import { compareVersions } from './version-order.js';

/** A boot entry and the file that it came from. */
export interface BootEntry {
  /** File name, such as `ostree-2-testos.conf`. */
  name: string;
  config: BootConfig;
}

/** Boots left and boots done, from the end of an entry's file name; see automatic boot assessment. */
export interface BootCount {
  left: number;
  done: number;
}

/**
 * The boot count in a file name: `ostree-1+3-2.conf` has three boots left and two done. A name without a count, or
 * with a malformed one, gives zeros.
 */
export function parseBootCount(name: string): BootCount {
  const tail = name.slice(name.lastIndexOf('+') + 1);
  const match = name.includes('+') ? /^(\d+)(?:-(\d+))?/.exec(tail) : null;
  return { left: Number(match?.[1] ?? 0), done: Number(match?.[2] ?? 0) };
}

/** The directory of the entries of a bootversion. */
export function entriesDir(root: string, bootversion: number): string {
  return join(root, `boot/loader.${bootversion}/entries`);
}

/**
 * Reads the boot entries of a bootversion: every file `ostree-*.conf`, highest `version` first. A bootversion that
 * has never been written has none.
 */
export function readBootEntries(root: string, bootversion: number): BootEntry[] {
  const dir = entriesDir(root, bootversion);
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const entries: BootEntry[] = [];
  for (const name of names) {
    if (!name.startsWith('ostree-') || !name.endsWith('.conf')) continue;
    const path = join(dir, name);
    if (!statSync(path).isFile()) continue;
    entries.push({ name, config: parseEntry(name, readFileSync(path)) });
  }
  return entries.sort((a, b) => compareEntries(b.config, a.config));
}

function parseEntry(name: string, bytes: Uint8Array): BootConfig {
  try {
    return BootConfig.parse(bytes);
  } catch (error) {
    throw isOstError(error) ? error.withPrefix(`Parsing ${name}: `) : error;
  }
}

/** Orders entries by `version`; those without one come before all others (last in a descending list). */
function compareEntries(a: BootConfig, b: BootConfig): number {
  const left = a.get('version');
  const right = b.get('version');
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return compareVersions(left, right);
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
