import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, isOstError } from '@ost/objects';
import { checkout } from '../checkout/checkout.js';
import { temporaryName } from '../platform/files.js';
import type { Repo } from '../repo.js';
import { loadSelinuxPolicy, type SelinuxPolicy } from './policy.js';

/** Loads the policy that a commit has in `/usr/etc/selinux`; null when it has none, or has it switched off. */
export async function selinuxPolicyOfCommit(repo: Repo, commit: Checksum): Promise<SelinuxPolicy | null> {
  const root = path.join(repo.path, 'tmp', temporaryName('commit-sepolicy-'));
  const options = { userMode: true, subpath: '/usr/etc/selinux', allowNoent: true, useCache: false } as const;
  try {
    fs.mkdirSync(path.join(root, 'usr/etc'), { recursive: true, mode: 0o700 });
    await checkout(repo, commit, path.join(root, 'usr/etc/selinux'), options);
    return loadSelinuxPolicy(root);
  } catch (error) {
    throw isOstError(error) ? error.withPrefix('setting sepolicy from commit: ') : error;
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}
