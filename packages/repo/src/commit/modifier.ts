import { OstError, type Xattr } from '@ost/objects';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** Owner and mode of an entry on its way into a commit. */
export interface EntryInfo {
  readonly uid: number;
  readonly gid: number;
  /** Full mode, type bits included. */
  readonly mode: number;
}

/**
 * Decides what becomes of each entry. Any function may be null; `composeFilters` and the makers below give the ones that the
 * command line offers (repository format, "Filter pipeline for one entry").
 */
export interface CommitModifier {
  /** New owner and mode of an entry (path absolute in the commit, root `/`); null leaves it out. */
  readonly filter: EntryFilter | null;
  /** Leave all extended attributes out. */
  readonly noXattrs: boolean;
  /** An attribute to add, such as a security label; the path's own attribute of that name gives way. */
  readonly label: ((path: string, info: EntryInfo) => Xattr | null) | null;
}

/** One step of the pipeline. */
export type EntryFilter = (path: string, info: EntryInfo) => EntryInfo | null;

/** Changes nothing. */
export const keepEverything: CommitModifier = { filter: null, noXattrs: false, label: null };

/** Runs filters one after the other; the first that leaves the entry out ends the run. */
export function composeFilters(filters: readonly EntryFilter[]): EntryFilter | null {
  if (filters.length === 0) return null;
  return (path, info) => {
    let current: EntryInfo | null = info;
    for (const filter of filters) {
      current = filter(path, current);
      if (current === null) return null;
    }
    return current;
  };
}

/** Gives every entry this owner; undefined leaves the id as it is. */
export function setOwner(uid: number | undefined, gid: number | undefined): EntryFilter {
  return (_, info) => ({ ...info, uid: uid ?? info.uid, gid: gid ?? info.gid });
}

/** Takes write permission from executable files. */
export const readOnlyExecutables: EntryFilter = (_, info) =>
  (info.mode & S_IFMT) === S_IFREG && (info.mode & 0o111) !== 0 ? { ...info, mode: info.mode & ~0o222 } : info;

/** Owner 0:0, and for files and directories a mode of at most 0755. */
export const canonicalPermissions: EntryFilter = (_, info) => {
  const symlink = (info.mode & S_IFMT) === S_IFLNK;
  return { uid: 0, gid: 0, mode: symlink ? info.mode : info.mode & (S_IFMT | 0o755) };
};

/** A filter that was given a list of paths and knows which of them never came. */
export interface ListFilter {
  readonly filter: EntryFilter;
  /** Paths of the list that no entry had. */
  unmatched(): string[];
}

/**
 * Leaves the listed paths out, directories with everything below.
 * @param text one absolute path per line; empty lines are ignored
 */
export function skipList(text: string): ListFilter {
  const paths = new Set(text.split('\n').filter((line) => line !== ''));
  const open = new Set(paths);
  return {
    filter: (path, info) => {
      if (!paths.has(path)) return info;
      open.delete(path);
      return null;
    },
    unmatched: () => [...open],
  };
}

/**
 * Changes modes by path: `MODE PATH` adds bits and is used up by its first match, `=MODE PATH` replaces the permission bits. The mode is
 * decimal or `0x…`, as libostree reads it.
 * @throws OstError `invalid-argument` for a line without a space
 */
export function statOverride(text: string): ListFilter {
  const add = new Map<string, number>();
  const replace = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const space = line.indexOf(' ');
    if (space === -1) throw new OstError('invalid-argument', 'Malformed statoverride file (no space found)');
    const exact = line.startsWith('=');
    const mode = Number(line.slice(exact ? 1 : 0, space));
    if (!Number.isFinite(mode)) throw new OstError('invalid-argument', `Malformed statoverride mode in line: ${line}`);
    (exact ? replace : add).set(line.slice(space + 1), mode);
  }
  return {
    filter: (path, info) => {
      const bits = add.get(path);
      if (bits !== undefined) {
        add.delete(path);
        return { ...info, mode: info.mode | bits };
      }
      const mode = replace.get(path);
      return mode === undefined ? info : { ...info, mode: (info.mode & S_IFMT) | mode };
    },
    unmatched: () => [...add.keys()],
  };
}

/** True for a directory's mode. */
export function isDirectoryMode(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}
