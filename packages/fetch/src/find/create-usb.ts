import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, OstError, verifyBindings } from '@ost/objects';
import { initRepo, pullLocal, type RefLocation, type Repo, updateSummary } from '@ost/repo';
import type { CollectionRef } from '../pull/options.js';

/** Options of {@link createUsb}. */
export interface CreateUsbOptions {
  /** Where the repository is, relative to the mount point. @default '.ostree/repo' */
  readonly destination?: string;
  /** Flush files to the medium. @default as the medium's repository is configured */
  readonly fsync?: boolean;
  readonly signal?: AbortSignal;
}

/** Outcome of {@link createUsb}. */
export interface CreatedUsb {
  readonly repo: Repo;
  readonly refs: readonly (CollectionRef & { readonly commit: Checksum })[];
}

const DEFAULT = '.ostree/repo';
/** Places that finders look at without being told. */
const STANDARD = [DEFAULT, 'ostree/repo'];
const LINKS = '.ostree/repos.d';

/**
 * Copies refs of collections onto a mounted medium, from which others can pull them (transfer format, "create-usb"). The
 * commits keep their signatures; they are what the receiver trusts.
 * @throws OstError `not-found` for a ref that is not here, `invalid-argument` for a bad destination
 */
export async function createUsb(
  source: Repo,
  mount: string,
  refs: readonly CollectionRef[],
  options: CreateUsbOptions = {},
): Promise<CreatedUsb> {
  const { destination = DEFAULT } = options;
  const wanted = refs.map((ref) => locate(source, ref));
  const target = path.resolve(mount, destination);
  const below = path.relative(fs.realpathSync(mount), realParent(target));
  if (below.startsWith('..') || path.isAbsolute(below)) {
    throw new OstError('invalid-argument', '--destination-repo must be a descendent of MOUNT-PATH');
  }
  fs.mkdirSync(target, { recursive: true, mode: 0o755 });
  const stat = fs.statSync(target);
  if (stat.dev !== fs.statSync(mount).dev) {
    throw new OstError('invalid-argument', '--destination-repo must be a descendent of MOUNT-PATH');
  }
  const own = fs.statSync(source.path);
  if (own.dev === stat.dev && own.ino === stat.ino) {
    throw new OstError('invalid-argument', '--destination-repo must not be the source repository');
  }
  const repo = await initRepo(target, { mode: 'archive' });
  await copy(source, repo, wanted, options);
  if (!STANDARD.includes(path.relative(mount, target))) link(mount, target);
  return { repo, refs: wanted };
}

/** The nearest directory above a path that exists, without symbolic links: where the path really is. */
function realParent(target: string): string {
  let existing = target;
  while (!fs.existsSync(existing)) existing = path.dirname(existing);
  return path.join(fs.realpathSync(existing), path.relative(existing, target));
}

async function copy(source: Repo, repo: Repo, wanted: CreatedUsb['refs'], options: CreateUsbOptions): Promise<void> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const fsync = options.fsync === undefined ? {} : { fsync: options.fsync };
  await pullLocal(repo, source, { refs: [...new Set(wanted.map((ref) => ref.commit))], ...fsync, ...signal });
  await repo.withTransaction(async (transaction) => {
    for (const { collectionId, name, commit } of wanted) {
      const foreign = collectionId !== repo.config.collectionId;
      transaction.setRef(foreign ? { name, collection: collectionId } : { name }, commit);
    }
  }, fsync);
  await updateSummary(repo);
}

/** Where this repository has a ref of a collection: its own, a mirrored one, or one of a remote with that collection. */
function locate(repo: Repo, ref: CollectionRef): CreatedUsb['refs'][number] {
  const { collectionId, name } = ref;
  const places: RefLocation[] = [{ name, collection: collectionId }];
  if (repo.config.collectionId === collectionId) places.unshift({ name });
  for (const entry of repo.listRefs()) {
    const { remote } = entry;
    if (entry.name !== name || remote === null) continue;
    if (repo.keyFile.get(`remote "${remote}"`, 'collection-id') === collectionId) places.push({ name, remote });
  }
  const commit = ref.commit ?? places.map((place) => repo.readRef(place)).find((found) => found !== null);
  if (commit == null) {
    throw new OstError('not-found', `Collection–ref (${collectionId}, ${name}) not found`, { data: { ref: name } });
  }
  verifyBindings(commit, repo.loadCommit(commit), { ref: name, collectionId });
  return { ...ref, commit };
}

/** Makes a repository in an uncommon place known to finders; a link that is there serves on. */
function link(mount: string, target: string): void {
  const directory = path.join(mount, LINKS);
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
  const pointed = path.relative(fs.realpathSync(directory), fs.realpathSync(target));
  const names = fs.readdirSync(directory);
  const { ino } = fs.statSync(target);
  if (names.some((name) => fs.statSync(path.join(directory, name), { throwIfNoEntry: false })?.ino === ino)) return;
  for (let i = 0; i < 100; i++) {
    const name = `${String(i).padStart(2, '0')}-generated`;
    if (names.includes(name)) continue;
    fs.symlinkSync(pointed, path.join(directory, name));
    return;
  }
  throw new OstError('limit', `No free name for a link to the repository in ${directory}`);
}
