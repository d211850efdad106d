import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compareNames, isOstError } from '@ost/objects';
import { isAbsent, openRepo, type Repo } from '@ost/repo';
import type { CollectionRef } from '../pull/options.js';
import { type RepoFinder, vouchedCandidates } from './finder.js';
import { removableMounts } from './mounts.js';

const REPOS_DIRECTORY = '.ostree/repos.d';
const WELL_KNOWN = ['.ostree/repo', 'ostree/repo', 'var/lib/flatpak/repo'];

/**
 * Finds refs in repositories on removable volumes, as `createUsb` makes them.
 * @param mounts where to look instead
 */
export function mountFinder(mounts?: readonly string[]): RepoFinder {
  return {
    name: 'OstreeRepoFinderMount',
    priority: 50,
    async candidates(repo, wanted) {
      const found = [];
      for (const mount of mounts ?? removableMounts()) {
        const missing = new Set(wanted);
        for (const directory of repoDirectories(repo, mount)) {
          const source = await openIfRepo(directory);
          const refs = source === null ? [] : [...missing].filter((ref) => hasRef(source, ref));
          for (const ref of refs) missing.delete(ref);
          found.push(...vouchedCandidates(repo, pathToFileURL(directory).href, refs));
        }
      }
      return found;
    },
  };
}

/** Directories on a volume that may be repositories, best first; all are on the volume itself. */
function repoDirectories(repo: Repo, mount: string): string[] {
  const device = statIfPresent(mount)?.dev;
  const self = fs.statSync(repo.path);
  const listed = names(path.join(mount, REPOS_DIRECTORY)).map((name) => `${REPOS_DIRECTORY}/${name}`);
  const seen = new Set<number>([self.dev === device ? self.ino : -1]);
  return [...listed, ...WELL_KNOWN].flatMap((relative) => {
    const directory = path.join(mount, relative);
    const stat = statIfPresent(directory);
    if (stat === null || !stat.isDirectory() || stat.dev !== device || seen.has(stat.ino)) return [];
    seen.add(stat.ino);
    return [fs.realpathSync(directory)];
  });
}

function names(directory: string): string[] {
  try {
    return fs.readdirSync(directory).sort(compareNames);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function statIfPresent(file: string): fs.Stats | null {
  try {
    return fs.statSync(file);
  } catch (error) {
    if (isAbsent(error) || (error as NodeJS.ErrnoException).code === 'ELOOP') return null;
    throw error;
  }
}

/** What lies on a stranger's stick need not be a repository. */
async function openIfRepo(directory: string): Promise<Repo | null> {
  try {
    return await openRepo(directory);
  } catch (error) {
    if (isOstError(error)) return null;
    throw error;
  }
}

function hasRef(source: Repo, { collectionId, name }: CollectionRef): boolean {
  const own = source.config.collectionId === collectionId && source.readRef({ name }) !== null;
  return own || source.readRef({ name, collection: collectionId }) !== null;
}
