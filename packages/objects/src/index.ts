// Errors and limits.
export { isOstError, OstError } from './errors.js';
export { LIMITS } from './limits.js';

// Names.
export { checksumAt, checksumFromBytes, checksumToBytes, isChecksum, toChecksum } from './checksum.js';
export {
  formatObjectName,
  isMetadataType,
  loosePath,
  OBJECT_TYPE_NUMBERS,
  objectTypeFromNumber,
  parseObjectName,
} from './object-type.js';
export { parseRepoMode, repoModeConfigName } from './repo-mode.js';
export {
  assertCollectionId,
  assertFileName,
  assertRefName,
  assertRemoteName,
  compareNames,
  formatRefspec,
  isCollectionId,
  isRefName,
  isRemoteName,
  parseRefspec,
} from './names.js';
export {
  decodeMbase64,
  deltaIndexPath,
  deltaPath,
  DELTAS_DIRECTORY,
  encodeMbase64,
  formatDeltaName,
  parseDeltaName,
  parseDeltaPath,
} from './delta-name.js';

// Objects: bytes in, values out, and back.
export {
  archiveHeaderLength,
  encodeArchiveHeader,
  encodeFileHeader,
  parseArchiveHeader,
  parseFileHeader,
} from './file-header.js';
export { canonicalXattrs, compareBytes, encodeXattrs, parseXattrs } from './xattrs.js';
export { encodeDirMeta, parseDirMeta } from './dirmeta.js';
export { encodeDirTree, parseDirTree } from './dirtree.js';
export { scanDirTree } from './dirtree-scan.js';
export { assertEntryNames } from './dirtree-names.js';
export { commitContentChecksum, encodeCommit, parseCommit } from './commit.js';
export {
  encodeDetachedMetadata,
  encodeMetadata,
  metadataValue,
  parseDetachedMetadata,
  parseMetadata,
  withMetadataValue,
} from './metadata.js';
export { COMMIT_KEYS, SUMMARY_KEYS } from './metadata-keys.js';
export { encodeTombstone, parseTombstone } from './tombstone.js';
export { collectionMap, encodeCollectionMap, encodeSummary, parseSummary, SUMMARY_TYPE } from './summary.js';
export { encodeSizes, parseSizes } from './sizes.js';
export { hashOrder } from './hash-order.js';
export { verifyBindings } from './bindings.js';

// Seams, with implementations for any engine.
export { portableHash } from './hash.js';
export { portableDeflate } from './deflate.js';
export { formatSize } from './format-size.js';

export type { ErrorCode, OstErrorOptions } from './errors.js';
export type { Checksum } from './checksum.js';
export type { ObjectType } from './object-type.js';
export type { RepoMode } from './repo-mode.js';
export type { Refspec } from './names.js';
export type { DeltaEnds } from './delta-name.js';
export type { ArchiveHeader, FileHeader } from './file-header.js';
export type { Xattr, Xattrs } from './xattrs.js';
export type { DirMeta, ParseDirMetaOptions } from './dirmeta.js';
export type { DirTree, DirTreeDir, DirTreeFile } from './dirtree.js';
export type { DirTreeLayout } from './dirtree-scan.js';
export type { Commit } from './commit.js';
export type { Metadata } from './metadata.js';
export type { CollectionMap, Summary, SummaryRef } from './summary.js';
export type { SizesEntry } from './sizes.js';
export type { ExpectedBinding } from './bindings.js';
export type { Hasher, HashProvider } from './hash.js';
export type { DeflateProvider, InflateOptions } from './deflate.js';
