import { join } from 'node:path';
import { KernelArgs } from '@ost/bootloader';
import { commitDirectory, diffTrees, type TreeDiff } from '@ost/repo';
import { diffDirectories } from '../etc/diff.js';
import { isDirectory } from '../files/files.js';
import type { Deployment } from '../state/deployment.js';
import type { Sysroot } from '../sysroot.js';
import { readPackages } from '../tree/packages.js';

/** A package that is in both trees with different versions. */
export interface ChangedPackage {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** A package that only one tree has. */
export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

/** Which packages differ, sorted by name. */
export interface PackageDiff {
  readonly changed: readonly ChangedPackage[];
  readonly removed: readonly PackageVersion[];
  readonly added: readonly PackageVersion[];
}

/** How one deployment differs from another. */
export interface DeploymentDiff {
  readonly kernelArgs: { readonly removed: readonly string[]; readonly added: readonly string[] };
  /** `null` when one of the trees has no package database. */
  readonly packages: PackageDiff | null;
  /** Files of the commits; paths begin with `/`. */
  readonly files: TreeDiff;
  /** The present `/etc` of both, local changes included; paths are relative to it. */
  readonly etc: TreeDiff;
}

/** Compares two deployments: kernel arguments, packages, files and `/etc`. */
export function diffDeployments({ repo }: Sysroot, from: Deployment, to: Deployment): DeploymentDiff {
  const tree = (one: Deployment): ReturnType<typeof commitDirectory> =>
    commitDirectory(repo, repo.loadCommit(one.checksum).contents);
  return {
    kernelArgs: diffKernelArgs(argsOf(from), argsOf(to)),
    packages: diffPackages(from, to),
    files: diffTrees(tree(from), tree(to)),
    etc: diffEtc(join(from.path, 'etc'), join(to.path, 'etc')),
  };
}

/** The arguments, without the one that names the deployment itself. */
function argsOf({ bootConfig }: Deployment): string[] {
  return KernelArgs.parse(bootConfig.get('options') ?? '')
    .deleteIfPresent('ostree')
    .toStrings();
}

function diffKernelArgs(from: readonly string[], to: readonly string[]): DeploymentDiff['kernelArgs'] {
  return { removed: without(from, to), added: without(to, from) };
}

/** What is in `list` more often than in `other`. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  return list.filter((word) => {
    const at = rest.indexOf(word);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function diffPackages(from: Deployment, to: Deployment): PackageDiff | null {
  const [before, after] = [readPackages(from.path), readPackages(to.path)];
  if (before === null || after === null) return null;
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const diff = { changed: [] as ChangedPackage[], removed: [] as PackageVersion[], added: [] as PackageVersion[] };
  for (const name of names) {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === now) continue;
    if (now === undefined) diff.removed.push({ name, version: old as string });
    else if (old === undefined) diff.added.push({ name, version: now });
    else diff.changed.push({ name, from: old, to: now });
  }
  return diff;
}

function diffEtc(from: string, to: string): TreeDiff {
  if (!isDirectory(from) || !isDirectory(to)) return { modified: [], removed: [], added: [] };
  const { modified, removed, added } = diffDirectories(from, to);
  const text = (paths: readonly Buffer[]): string[] => paths.map((path) => path.toString());
  return { modified: text(modified), removed: text(removed), added: text(added) };
}
