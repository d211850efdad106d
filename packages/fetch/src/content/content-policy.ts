import { type Checksum, type FileHeader, OstError } from '@ost/objects';

/** How content objects are treated, as plain data. */
export interface ContentPolicy {
  /** Refuse files that a bare-user-only repository could not hold. */
  readonly bareUserOnly: boolean;
  /** Take the bytes for an archive repository as they are, unverified. */
  readonly trusted: boolean;
}

const octal = (n: number): string => `0${n.toString(8).padStart(4, '0')}`;

/** @throws OstError `unsupported` for a regular file with mode bits outside 0775 */
export function checkBareUserOnly(header: FileHeader, checksum: Checksum): void {
  const bits = header.mode & 0o7777 & ~0o775;
  if ((header.mode & 0o170000) !== 0o100000 || bits === 0) return;
  const what = `Content object ${checksum}: invalid mode ${octal(header.mode)} with bits ${octal(bits)}`;
  throw new OstError('unsupported', what, { data: { checksum, mode: header.mode } });
}
