/** Keys of commit metadata that have a meaning (repository format, "Well-known metadata keys"), with their types. */
export const COMMIT_KEYS: {
  /** `s`: free text. */
  readonly version: 'version';
  /** `as`: sorted refs that the commit may be published under. */
  readonly refBinding: 'ostree.ref-binding';
  /** `s`: collection id. */
  readonly collectionBinding: 'ostree.collection-binding';
  /** `aay`: see `parseSizes`. */
  readonly sizes: 'ostree.sizes';
  /** `b`: a kernel is in it. */
  readonly bootable: 'ostree.bootable';
  /** `s`: name of the kernel's directory. */
  readonly linux: 'ostree.linux';
  /** `s`: message for those who still follow the ref. */
  readonly endOfLife: 'ostree.endoflife';
  /** `s`: ref that replaces this one. */
  readonly endOfLifeRebase: 'ostree.endoflife-rebase';
  /** `s`: informational. */
  readonly architecture: 'ostree.architecture';
  /** `s`: informational. */
  readonly sourceTitle: 'ostree.source-title';
} = {
  version: 'version',
  refBinding: 'ostree.ref-binding',
  collectionBinding: 'ostree.collection-binding',
  sizes: 'ostree.sizes',
  bootable: 'ostree.bootable',
  linux: 'ostree.linux',
  endOfLife: 'ostree.endoflife',
  endOfLifeRebase: 'ostree.endoflife-rebase',
  architecture: 'ostree.architecture',
  sourceTitle: 'ostree.source-title',
};

/** Keys of a summary, of its refs, and of summary signatures (repository format, "Summary"). */
export const SUMMARY_KEYS: {
  /** `t`, big-endian: of a ref's commit. */
  readonly commitTimestamp: 'ostree.commit.timestamp';
  /** `s`: of a ref's commit. */
  readonly commitVersion: 'ostree.commit.version';
  /** `a{sv}`: delta name to checksum of its superblock. */
  readonly staticDeltas: 'ostree.static-deltas';
  /** `t`, big-endian. */
  readonly lastModified: 'ostree.summary.last-modified';
  /** `t`, big-endian. */
  readonly expires: 'ostree.summary.expires';
  /** `s`: mode of the repository as its configuration spells it. */
  readonly mode: 'ostree.summary.mode';
  /** `b` */
  readonly tombstoneCommits: 'ostree.summary.tombstone-commits';
  /** `b` */
  readonly indexedDeltas: 'ostree.summary.indexed-deltas';
  /** `s`: collection of the refs. */
  readonly collectionId: 'ostree.summary.collection-id';
  /** `a{sa(s(taya{sv}))}`: see `collectionMap`. */
  readonly collectionMap: 'ostree.summary.collection-map';
} = {
  commitTimestamp: 'ostree.commit.timestamp',
  commitVersion: 'ostree.commit.version',
  staticDeltas: 'ostree.static-deltas',
  lastModified: 'ostree.summary.last-modified',
  expires: 'ostree.summary.expires',
  mode: 'ostree.summary.mode',
  tombstoneCommits: 'ostree.summary.tombstone-commits',
  indexedDeltas: 'ostree.summary.indexed-deltas',
  collectionId: 'ostree.summary.collection-id',
  collectionMap: 'ostree.summary.collection-map',
};
