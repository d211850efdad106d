import * as fs from 'node:fs';
import * as path from 'node:path';
import { OstError, type Xattr } from '@ost/objects';
import { withIoError } from '../platform/fs-errors.js';
import { listIfPresent, lstatIfPresent, readIfPresent } from '../platform/files.js';
import type { EntryInfo } from '../commit/modifier.js';
import { FileContexts } from './file-contexts.js';
import { selinuxXattrName } from './label-xattr.js';

const encoder = new TextEncoder();

/** The labels of an SELinux policy (repository format, "SELinux labelling"). */
export class SelinuxPolicy {
  constructor(
    /** Value of `SELINUXTYPE`, such as `targeted`. */
    readonly name: string,
    private readonly contexts: FileContexts,
  ) {}

  /**
   * The context of a file, or null when the policy gives it none.
   * @param file absolute path
   * @param mode full mode; only the type bits count, and without any the path alone decides
   */
  label(file: string, mode: number): string | null {
    // A mount point of its own has no label; as a directory it gets that of one that has.
    return this.contexts.lookup(file === '/proc' ? '/mnt' : file, mode);
  }

  /**
   * Gives labels as the attributes that a commit holds: for `CommitModifier.label`.
   * @param epoch rules to follow: 0 looks up the path as it stands, 1 takes `/usr/etc` for the `/etc` that it becomes
   */
  labeler(epoch: 0 | 1 = 0): (file: string, info: EntryInfo) => Xattr | null {
    return (file, { mode }) => {
      const known = epoch === 1 && /^\/usr\/etc(?:\/|$)/.test(file) ? file.slice('/usr'.length) : file;
      const context = this.label(known, mode);
      return context === null ? null : { name: selinuxXattrName, value: encoder.encode(`${context}\0`) };
    };
  }
}

/**
 * Loads the policy of a root file system, from `etc/selinux` or else `usr/etc/selinux`.
 * @returns null when it has none, or has it switched off
 * @throws OstError `config` or `not-found` when files of the policy are missing or broken
 */
export function loadSelinuxPolicy(root: string): SelinuxPolicy | null {
  withIoError(`opendir(${root})`, () => void fs.readdirSync(root));
  const base = ['etc/selinux', 'usr/etc/selinux']
    .map((name) => path.join(root, name))
    .find((directory) => fs.existsSync(directory));
  const config = base === undefined ? null : readText(path.join(base, 'config'));
  if (base === undefined || config === null) return null;
  const name = enabledType(config);
  if (name === null) return null;
  const policyRoot = path.join(base, name);
  const fail = (what: string): OstError =>
    new OstError('config', `With policy root '${policyRoot}': ${what}`, { data: { policyRoot } });
  const contexts = readContexts(path.join(policyRoot, 'contexts/files/file_contexts'));
  if (contexts === null) throw fail('selabel_open(SELABEL_CTX_FILE): No such file or directory');
  const policy = new SelinuxPolicy(name, contexts);
  if (policy.label('/', 0o755) === null) throw fail('Failed to look up context of /: No such file or directory');
  assertBinaryPolicy(path.join(policyRoot, 'policy'));
  return policy;
}

/** `SELINUXTYPE` of a configuration that says enforcing or permissive; null for any other. */
function enabledType(config: string): string | null {
  let enabled = false;
  let name: string | null = null;
  for (const line of config.split('\n')) {
    if (line.startsWith('SELINUXTYPE=')) name = line.slice('SELINUXTYPE='.length).trim();
    else if (line.startsWith('SELINUX=')) enabled = /^SELINUX=(?:enforcing|permissive)/i.test(line);
  }
  return enabled ? name : null;
}

function readContexts(file: string): FileContexts | null {
  const fileContexts = readText(file);
  if (fileContexts === null) return null;
  return new FileContexts({
    fileContexts,
    homedirs: readText(`${file}.homedirs`),
    local: readText(`${file}.local`),
    subs: readText(`${file}.subs`),
    subsDist: readText(`${file}.subs_dist`),
  });
}

function readText(file: string): string | null {
  return readIfPresent(file)?.toString('latin1') ?? null;
}

function assertBinaryPolicy(directory: string): void {
  const found = listIfPresent(directory).some(
    (name) => /^policy\.\d+$/.test(name) && lstatIfPresent(path.join(directory, name))?.isFile() === true,
  );
  if (!found)
    throw new OstError('not-found', 'While calculating SELinux checksum: Could not find binary policy file', {
      data: { directory },
    });
}
