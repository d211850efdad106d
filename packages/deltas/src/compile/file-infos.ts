import type { Checksum } from '@ost/objects';
import { encodeFileHeader } from '@ost/objects';
import type { DeltaObjects } from './objects.js';
import type { FileFacts } from './pairs.js';

const TYPE_BITS = 0o170000;
const REGULAR = 0o100000;
const OTHERS_READ = 0o4;

/** What is known of a file object without its content. */
export interface FileInfo extends FileFacts {
  readonly regular: boolean;
  /** Bytes of the canonical stream, header included, which is what the fallback size is compared with. */
  readonly streamSize: number;
}

/** Looks each file up once. */
export class FileInfos {
  readonly #known = new Map<Checksum, FileInfo>();

  constructor(private readonly objects: DeltaObjects) {}

  get(checksum: Checksum): FileInfo {
    const known = this.#known.get(checksum);
    if (known !== undefined) return known;
    const { header, size } = this.objects.loadFile(checksum);
    const info: FileInfo = {
      size,
      regular: (header.mode & TYPE_BITS) === REGULAR,
      readable: (header.mode & TYPE_BITS) === REGULAR && (header.mode & OTHERS_READ) !== 0,
      streamSize: encodeFileHeader(header).length + size,
    };
    this.#known.set(checksum, info);
    return info;
  }
}
