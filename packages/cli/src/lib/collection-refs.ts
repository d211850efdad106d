import { assertCollectionId, assertRefName, type Checksum, isCollectionId, OstError } from '@ost/objects';
import { type RefLocation, remoteGroup, type Repo } from '@ost/repo';

/** A ref of some collection, and where it is stored. */
export interface LocatedRef {
  readonly collection: string;
  readonly name: string;
  readonly checksum: Checksum;
  readonly location: RefLocation;
}

/** Refs of all collections: the repository's own, mirrored ones, and those of remotes that have a collection. */
function listCollectionRefs(repo: Repo): LocatedRef[] {
  const found: LocatedRef[] = [];
  for (const { remote, name, checksum } of repo.listRefs()) {
    const own = repo.config.collectionId ?? undefined;
    const collection = remote === null ? own : repo.keyFile.get(remoteGroup(remote), 'collection-id');
    if (collection !== undefined) found.push({ collection, name, checksum, location: { remote, name } });
  }
  for (const { collection, name, checksum } of repo.listMirrorRefs()) {
    found.push({ collection, name, checksum, location: { collection, name } });
  }
  return found;
}

/**
 * The refs of the named collections, or of all.
 * @throws OstError `invalid-name` (`Listing refs: Invalid collection ID X`)
 */
export function refsOfCollections(repo: Repo, collections: readonly (string | undefined)[]): LocatedRef[] {
  for (const id of collections) {
    if (id !== undefined && !isCollectionId(id)) {
      throw new OstError('invalid-name', `Listing refs: Invalid collection ID ${id}`, { data: { id } });
    }
  }
  return listCollectionRefs(repo).filter(
    (ref) => collections.includes(undefined) || collections.includes(ref.collection),
  );
}

/** Parses `COLLECTION:REF`; the repository's own collection is where local refs are. */
export function parseCollectionRef(repo: Repo, text: string): { collection: string | null; name: string } {
  const at = text.indexOf(':');
  if (at === -1) throw new OstError('invalid-name', `Invalid collection ID ${text}`);
  const [collection, name] = [text.slice(0, at), text.slice(at + 1)];
  assertCollectionId(collection);
  assertRefName(name);
  return { collection: collection === repo.config.collectionId ? null : collection, name };
}
