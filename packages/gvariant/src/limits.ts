/** Every limit of this package, with its unit. */
export const LIMITS: {
  /** Levels of containers and variants inside one value. GLib's limit, too. */
  readonly maxDepth: number;
  /** Bytes of one serialized value; offsets up to here are exact 31 bit integers. */
  readonly maxSize: number;
  /** Compiled types that stay cached; the cache starts afresh beyond this number. */
  readonly cachedTypes: number;
  /** Characters of a type string that is worth caching. */
  readonly cachedTypeLength: number;
} = {
  maxDepth: 128,
  maxSize: 0x7fff_ffff,
  cachedTypes: 1024,
  cachedTypeLength: 256,
};
