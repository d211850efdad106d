import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import type { CommitDeltaStore, DeltaSource, DeltaStore, FileSink, ScratchFile } from '@ost/deltas';
import { type Checksum, type FileHeader, OstError } from '@ost/objects';
import type { ObjectWriter, StoredFile, Transaction } from '@ost/repo';

/** Reads a stored file at any place. */
function fileSource(file: string, offset: number, size: number, remove: boolean): DeltaSource {
  const fd = fs.openSync(file, 'r');
  // An unpacked copy lives only as long as it is open.
  if (remove) fs.unlinkSync(file);
  return {
    size,
    read(target, position) {
      let filled = 0;
      while (filled < target.length) {
        const count = fs.readSync(fd, target, filled, target.length - filled, offset + position + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
    close: () => fs.closeSync(fd),
  };
}

/** A file without a name. */
function scratchFile(path: string): ScratchFile {
  const fd = fs.openSync(path, 'wx+', 0o600);
  fs.unlinkSync(path);
  return {
    write(chunk) {
      for (let done = 0; done < chunk.length; ) done += fs.writeSync(fd, chunk, done);
    },
    read(target, position) {
      for (let done = 0; done < target.length; ) {
        const count = fs.readSync(fd, target, done, target.length - done, position + done);
        if (count === 0) throw new OstError('io', 'A scratch file is shorter than what was written');
        done += count;
      }
    },
    close: () => fs.closeSync(fd),
  };
}

function memorySource(content: Uint8Array): DeltaSource {
  return {
    size: content.length,
    read(target, position) {
      const chunk = content.subarray(position, position + target.length);
      target.set(chunk);
      return chunk.length;
    },
    close: () => undefined,
  };
}

/** A compressed file has no places to read at: a small one is unpacked in memory, a large one into the transaction's directory. */
async function openSource(file: StoredFile, temporary: () => string): Promise<DeltaSource> {
  const { path, offset, compressed } = file.content;
  if (!compressed) return fileSource(path, offset, file.size, false);
  if (file.isSmall) return memorySource(file.read());
  const unpacked = temporary();
  await fsp.writeFile(unpacked, file.stream(), { flag: 'wx', mode: 0o600 });
  return fileSource(unpacked, 0, file.size, true);
}

/** Chunks that one side writes and the other reads, one at a time. */
class Handover implements AsyncIterable<Uint8Array> {
  #chunk: Uint8Array | null | undefined;
  #error: Error | undefined;
  #wake: () => void = () => undefined;
  #taken: () => void = () => undefined;

  /** Resolves when the reader has taken the chunk over. */
  put(chunk: Uint8Array | null): Promise<void> {
    this.#chunk = chunk;
    this.#wake();
    return new Promise((resolve) => {
      this.#taken = resolve;
    });
  }

  fail(error: Error): void {
    this.#error = error;
    this.#wake();
  }

  /** Lets a writer go that waits for a reader who is gone. */
  release(): void {
    this.#taken();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      while (this.#chunk === undefined && this.#error === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#error !== undefined) throw this.#error;
      const chunk = this.#chunk;
      if (chunk === null || chunk === undefined) {
        this.#taken();
        return;
      }
      // The writer may use its array again as soon as it is told so: after the reader is done with it.
      yield chunk;
      this.#chunk = undefined;
      this.#taken();
    }
  }
}

/** The applier hashes what it writes, and gives up what is wrong. */
function streamedFile(writer: ObjectWriter, header: FileHeader, size: number, checksum: Checksum): FileSink {
  const chunks = new Handover();
  let failure: Error | undefined;
  const written = writer
    .writeFileStream(header, size, chunks, { verified: checksum })
    .then(() => undefined)
    .catch((error: unknown) => {
      failure = error as Error;
    })
    .finally(() => chunks.release());
  return {
    async write(chunk) {
      if (failure === undefined && chunk.length > 0) await chunks.put(chunk);
      if (failure !== undefined) throw failure;
    },
    async finish() {
      if (failure === undefined) await chunks.put(null);
      await written;
      if (failure !== undefined) throw failure;
    },
    async abort() {
      chunks.fail(new Error('Aborted'));
      await written;
    },
  };
}

/** Lets a static delta read a repository and write into it. */
export function deltaStore(writer: ObjectWriter): DeltaStore {
  return {
    hasObject: (type, checksum) => writer.has(type, checksum),
    openSource: (checksum) => openSource(writer.store.loadFile(checksum), () => writer.temporaryPath()),
    writeMetadata: (type, bytes, checksum) => void writer.writeMetadata(type, bytes, checksum),
    // The applier has computed the checksum from these very bytes.
    writeFile: (header, content, checksum) => writer.putFile(checksum, header, content),
    beginFile: (header, size, checksum) => streamedFile(writer, header, size, checksum),
    scratch: () => scratchFile(writer.temporaryPath()),
  };
}

/** The same for a whole commit of a transaction. */
export function commitDeltaStore(transaction: Transaction): CommitDeltaStore {
  return {
    ...deltaStore(transaction.writer),
    writeDetachedMetadata: (commit, bytes) => transaction.writeDetachedMetadata(commit, bytes),
  };
}
