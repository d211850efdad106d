/** What untrusted input may ask for, in one place. Bytes unless the name says otherwise. */
export const LIMITS: {
  readonly metadataObject: number;
  readonly fileHeader: number;
  readonly wholeFile: number;
  readonly joinForHash: number;
  readonly treeDepth: number;
  readonly refName: number;
} = {
  /** Largest metadata object, summary, signature or ref file: 128 MiB, as libostree. */
  metadataObject: 128 * 2 ** 20,
  /** Largest header of a file object; xattrs of Linux fit many times. */
  fileHeader: 16 * 2 ** 20,
  /** Files up to this size are handled as one array, larger ones are streamed. */
  wholeFile: 8 * 2 ** 20,
  /** Content up to this size is copied behind its header to be hashed in one call. */
  joinForHash: 64 * 2 ** 10,
  /** Nesting of directories. */
  treeDepth: 1024,
  /** Characters of a ref name or refspec: a ref is a file, and Linux has no longer paths. */
  refName: 4096,
};
