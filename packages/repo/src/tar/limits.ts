/** What an archive may ask for. Bytes unless the name says otherwise. */
export const ARCHIVE_LIMITS: {
  readonly specialHeader: number;
  readonly sparseSegments: number;
  readonly nestedCompression: number;
  readonly trailing: number;
} = {
  /** Largest extended header, long name or symlink target that is read into memory: 1 MiB, as libarchive. */
  specialHeader: 2 ** 20,
  /** Pieces of data in one sparse file. */
  sparseSegments: 2 ** 20,
  /** Times that an archive may be compressed over again. */
  nestedCompression: 4,
  /** What is read after the end of an archive, to reach the checksum of a compressed stream and to let a writer finish. */
  trailing: 2 ** 20,
};
