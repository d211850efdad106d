import * as fs from 'node:fs';
import type { DeltaFile, DeltaObjects } from '@ost/deltas';
import type { ObjectStore } from '@ost/repo';

/** Lets the compiler of static deltas read a repository. */
export function deltaObjects(store: ObjectStore): DeltaObjects {
  return {
    readMetadata: (type, checksum) => store.readMetadata(type, checksum),
    loadFile(checksum): DeltaFile {
      const file = store.loadFile(checksum);
      return {
        header: file.header,
        size: file.size,
        storedSize: () => fs.lstatSync(file.content.path).size,
        read: () => file.read(),
      };
    },
  };
}
