import * as fs from 'node:fs';
import { lgetxattr, lsetxattr } from '@ost/linux';
import type { SelinuxPolicy } from '@ost/repo';
import { below, copyEntry } from './copy.js';
import { temporaryBeside } from './files.js';

/** Attribute that holds a file's label. */
const SELINUX_XATTR = 'security.selinux';

/** Options of {@link labelTree}. */
export interface LabelTreeOptions {
  /** Leave entries alone that have a label. */
  readonly keepExisting?: boolean;
  /** Is told of every label that is set. */
  readonly onLabel?: (path: string, as: string, label: string) => void;
}

/**
 * Labels a tree as if it were at `as`; entries without a label in the policy stay as they are. A file with several
 * links is copied first: the others belong to the repository, whose objects must not change.
 */
export function labelTree(path: string, as: string, policy: SelinuxPolicy, options: LabelTreeOptions = {}): void {
  labelEntry(Buffer.from(path), Buffer.from(as), policy, options);
}

function labelEntry(path: Buffer, as: Buffer, policy: SelinuxPolicy, options: LabelTreeOptions): void {
  const stat = fs.lstatSync(path);
  const wanted = as.length === 0 ? '/' : as.toString('latin1');
  const label = policy.label(wanted, stat.mode);
  if (label !== null) setLabel(path, stat, label, wanted, options);
  if (!stat.isDirectory()) return;
  for (const name of fs.readdirSync(path, { encoding: 'buffer' })) {
    labelEntry(below(path, name), below(as, name), policy, options);
  }
}

function setLabel(path: Buffer, stat: fs.Stats, label: string, as: string, options: LabelTreeOptions): void {
  const present = lgetxattr(path, SELINUX_XATTR);
  if (present !== null && (options.keepExisting === true || textOf(present) === label)) return;
  const value = Buffer.from(`${label}\0`);
  if (!stat.isDirectory() && stat.nlink > 1) {
    const copy = Buffer.from(temporaryBeside(path.toString('latin1')), 'latin1');
    if (!copyEntry(path, copy)) return;
    lsetxattr(copy, SELINUX_XATTR, value);
    fs.renameSync(copy, path);
  } else lsetxattr(path, SELINUX_XATTR, value);
  options.onLabel?.(path.toString(), as, label);
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString('latin1').replace(/\0$/, '');
}
