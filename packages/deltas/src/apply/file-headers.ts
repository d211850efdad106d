import type { FileHeader } from '@ost/objects';
import { encodeFileHeader } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { PartPayload } from '../format/payload.js';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A combination of mode and xattrs that files of a part have. */
export interface TableHeader {
  /** The header; that of a link lacks its target. */
  readonly header: FileHeader;
  /** The header of a regular file as it goes into the checksum; empty for a link. */
  readonly encoded: Uint8Array;
  readonly isLink: boolean;
}

/** Looks up file headers in the tables of a part. Most files share a few, so they are encoded once. */
export class FileHeaders {
  readonly #payload: Pick<PartPayload, 'modes' | 'xattrs'>;
  readonly #known = new Map<number, TableHeader>();

  constructor(payload: Pick<PartPayload, 'modes' | 'xattrs'>) {
    this.#payload = payload;
  }

  /** The header with these table indices. */
  get(modeIndex: number, xattrsIndex: number): TableHeader {
    const { modes, xattrs: lists } = this.#payload;
    const mode = modes[modeIndex];
    const xattrs = lists[xattrsIndex];
    if (mode === undefined) throw corrupt(`Invalid mode index ${modeIndex}`);
    if (xattrs === undefined) throw corrupt(`Invalid xattr index ${xattrsIndex}`);
    const key = modeIndex * lists.length + xattrsIndex;
    let found = this.#known.get(key);
    if (found === undefined) {
      const format = mode.mode & S_IFMT;
      const isLink = format === S_IFLNK;
      if (format !== S_IFREG && !isLink) throw corrupt(`Invalid mode 0${mode.mode.toString(8)} in static delta`);
      const header: FileHeader = { ...mode, symlinkTarget: '', xattrs };
      found = { header, encoded: isLink ? new Uint8Array(0) : encodeFileHeader(header), isLink };
      this.#known.set(key, found);
    }
    return found;
  }
}

/** The target of a link, from the bytes that a part has for it. */
export function symlinkTarget(bytes: Uint8Array): string {
  if (bytes.length === 0 || bytes.includes(0)) throw corrupt('Invalid symlink target in static delta');
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw Object.assign(corrupt('Invalid symlink target in static delta'), { cause });
  }
}
