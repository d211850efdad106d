/** How content objects are treated, as plain data. */
export interface ContentPolicy {
  /** Refuse files that a bare-user-only repository could not hold. */
  readonly bareUserOnly: boolean;
  /** Take the bytes for an archive repository as they are, unverified. */
  readonly trusted: boolean;
}
