import * as fs from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { OstError } from '@ost/objects';
import { isDirectory } from '../files/files.js';

/** Installed packages: versions by name and architecture, such as `libc6:amd64`. */
export type PackageVersions = ReadonlyMap<string, string>;

const DPKG = ['usr/lib/sysimage/dpkg/status', 'usr/share/dpkg-db/status', 'var/lib/dpkg/status'];
const RPM = ['usr/lib/sysimage/rpm', 'usr/share/rpm', 'var/lib/rpm'];
/** A status file of a full distribution has some tens of megabytes. */
const MAX_DATABASE = 512 * 1024 * 1024;

/**
 * Reads the package database of a tree: dpkg's, or with the `rpm` program that of rpm.
 * @returns null when the tree has none
 * @throws OstError `unsupported` when there is an rpm database and no `rpm`, `limit` for a database too large to read
 */
export function readPackages(root: string): PackageVersions | null {
  const status = DPKG.map((name) => join(root, name)).find((path) => fs.existsSync(path));
  if (status !== undefined) return parseDpkgStatus(readBounded(status));
  const rpm = RPM.map((name) => join(root, name)).find((path) => isDirectory(path) && fs.readdirSync(path).length > 0);
  return rpm === undefined ? null : queryRpm(rpm);
}

function readBounded(path: string): string {
  if (fs.statSync(path).size > MAX_DATABASE) throw new OstError('limit', `${path} is too large`);
  return fs.readFileSync(path, 'utf8');
}

/** The installed packages of a dpkg status file. */
export function parseDpkgStatus(text: string): PackageVersions {
  const versions = new Map<string, string>();
  for (const paragraph of text.split(/\n\n+/)) {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1];
    const [name, version] = [field('Package'), field('Version')];
    if (name === undefined || version === undefined || field('Status')?.endsWith(' installed') !== true) continue;
    versions.set(`${name}:${field('Architecture') ?? 'all'}`, version);
  }
  return versions;
}

function queryRpm(database: string): PackageVersions {
  const format = '%{NAME}:%{ARCH} %{EVR}\\n';
  const args = ['--dbpath', fs.realpathSync(database), '-qa', '--queryformat', format];
  const { status, stdout, stderr, error } = spawnSync('rpm', args, { encoding: 'utf8', maxBuffer: MAX_DATABASE });
  if (error !== undefined) throw new OstError('unsupported', 'Reading an rpm database needs the program rpm');
  if (status !== 0) throw new OstError('io', `rpm: ${stderr.trim()}`);
  return new Map(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}
