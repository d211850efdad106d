import * as fs from 'node:fs';
import { type Checksum, LIMITS, type ObjectType } from '@ost/objects';
import { type ObjectWriter, type Repo } from '@ost/repo';

/** Repositories of this machine that objects are taken from before any server is asked; everything is verified. */
export class LocalCaches {
  constructor(
    private readonly repos: readonly Repo[],
    private readonly writer: ObjectWriter,
  ) {}

  /** Bytes of a metadata object, or null. */
  metadata(type: ObjectType, checksum: Checksum): Uint8Array | null {
    for (const repo of this.repos) {
      const bytes = repo.store.readMetadataIfPresent(type, checksum);
      if (bytes !== null) return bytes;
    }
    return null;
  }

  /** Copies a content object; tells whether a cache has it. */
  async content(checksum: Checksum): Promise<boolean> {
    for (const repo of this.repos) {
      const found = repo.store.find('file', checksum);
      if (found === null) continue;
      const file = repo.store.loadFileAt(found);
      if (file.size > LIMITS.wholeFile) {
        await this.writer.writeFileStream(file.header, file.size, file.stream(), checksum);
      } else if (found.mode === 'archive' && this.writer.target.mode === 'archive') {
        this.writer.writeArchived(checksum, fs.readFileSync(found.path));
      } else this.writer.writeFile(file.header, file.read(), checksum);
      return true;
    }
    return false;
  }
}
