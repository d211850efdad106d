import * as fs from 'node:fs';
import * as path from 'node:path';
import { compareNames, OstError } from '@ost/objects';
import { listIfPresent } from '../platform/files.js';
import { KeyFile } from './key-file.js';

/** Remotes that are configured in files of their own, by name. */
export interface RemoteFiles {
  /** The directory, where new remotes go too. */
  readonly directory: string;
  /** File of each remote. */
  readonly files: ReadonlyMap<string, string>;
  /** All their groups in one. */
  readonly keyFile: KeyFile;
}

/**
 * Directory with the remotes of a running system's repository; null for a root that is only a directory or disk
 * (a deployment has a `sysroot` that leads to the physical root), whose remotes are in the repository itself.
 */
export function systemRemotesDirectory(root: string): string | null {
  return fs.existsSync(path.join(root, 'sysroot')) ? path.join(root, 'etc/ostree/remotes.d') : null;
}

/**
 * Reads the `*.conf` files of a directory of remotes.
 * @throws OstError `config` when a remote is defined twice
 */
export function readRemoteFiles(directory: string, own: KeyFile): RemoteFiles {
  const files = new Map<string, string>();
  const merged = new KeyFile();
  for (const name of listIfPresent(directory).sort(compareNames)) {
    if (!name.endsWith('.conf')) continue;
    const file = path.join(directory, name);
    const keyFile = KeyFile.parse(fs.readFileSync(file, 'utf8'));
    for (const group of keyFile.groups()) {
      const remote = /^remote "(.+)"$/.exec(group)?.[1];
      if (remote === undefined) continue;
      if (own.hasGroup(group) || merged.hasGroup(group)) {
        throw new OstError('config', `Multiple specifications found for remote "${remote}"`, {
          data: { remote, file },
        });
      }
      files.set(remote, file);
      merged.copyGroup(keyFile, group);
    }
  }
  return { directory, files, keyFile: merged };
}
