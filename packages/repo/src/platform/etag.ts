import { fgetxattr, fsetxattr } from '@ost/linux';

/** Where libostree keeps the entity tag that a server gave a cached file. */
const ATTRIBUTE = 'user.etag';

/** The entity tag of a cached file; null when it has none, or its file system can hold none. */
export function readEtag(fd: number): string | null {
  let value: Uint8Array | null;
  try {
    value = fgetxattr(fd, ATTRIBUTE);
  } catch (error) {
    if (isUnsupported(error)) return null;
    throw error;
  }
  const text = value === null ? '' : Buffer.from(value).toString('latin1');
  // It becomes a header again.
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** Gives a file an entity tag, where its file system can hold one. */
export function writeEtag(fd: number, etag: string): void {
  try {
    fsetxattr(fd, ATTRIBUTE, Buffer.from(etag, 'latin1'));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

function isUnsupported(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'unsupported';
}
