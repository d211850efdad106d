import type { Awaitable, CommitDeltaStore, DeltaObjectType, DeltaSource, FileSink, ScratchFile } from '@ost/deltas';
import type { Checksum, FileHeader } from '@ost/objects';
import { OstError } from '@ost/objects';

/** A stored file. */
export interface MemoryFile {
  readonly header: FileHeader;
  readonly content: Uint8Array;
}

export interface StoreOptions {
  /** Answer everything through promises. */
  async?: boolean;
  /** Make scratch files. */
  scratch?: boolean;
}

/** A store in memory that remembers how it was used. */
export class MemoryStore implements CommitDeltaStore {
  readonly files: Map<Checksum, MemoryFile> = new Map();
  readonly metadata: Map<string, Uint8Array> = new Map();
  readonly detached: Map<Checksum, Uint8Array> = new Map();
  readonly log: string[] = [];
  sinks = 0;
  openSources = 0;
  readonly #async: boolean;

  readonly scratchFiles = { made: 0, open: 0 };
  readonly scratch?: () => ScratchFile;

  constructor(options: StoreOptions = {}) {
    this.#async = options.async ?? false;
    if (options.scratch) this.scratch = () => this.#scratchFile();
  }

  hasObject(type: DeltaObjectType, checksum: Checksum): boolean {
    return type === 'file' ? this.files.has(checksum) : this.metadata.has(`${checksum}.${type}`);
  }

  openSource(checksum: Checksum): Awaitable<DeltaSource> {
    const file = this.files.get(checksum);
    if (file === undefined) throw new OstError('not-found', `No such file object ${checksum}`);
    const { content } = file;
    this.openSources++;
    return this.#answer({
      size: content.length,
      read: (target: Uint8Array, position: number) => {
        // Short reads are allowed; give them often.
        const chunk = content.subarray(position, position + Math.min(target.length, 5000));
        target.set(chunk);
        return this.#answer(chunk.length);
      },
      close: () => {
        this.openSources--;
      },
    });
  }

  writeMetadata(type: DeltaObjectType, bytes: Uint8Array, checksum: Checksum): Awaitable<void> {
    this.metadata.set(`${checksum}.${type}`, bytes.slice());
    this.log.push(type);
    return this.#answer(undefined);
  }

  writeFile(header: FileHeader, content: Uint8Array, checksum: Checksum): Awaitable<void> {
    this.files.set(checksum, { header, content: content.slice() });
    this.log.push('file');
    return this.#answer(undefined);
  }

  beginFile(header: FileHeader, size: number, checksum: Checksum): Awaitable<FileSink> {
    const chunks: Uint8Array[] = [];
    this.sinks++;
    return this.#answer({
      write: (chunk: Uint8Array) => {
        chunks.push(chunk.slice());
        return this.#answer(undefined);
      },
      finish: () => {
        this.sinks--;
        const content = new Uint8Array(Buffer.concat(chunks));
        if (content.length !== size) throw new Error('wrong size');
        this.files.set(checksum, { header, content });
        this.log.push('stream');
        return this.#answer(undefined);
      },
      abort: () => {
        this.sinks--;
        return this.#answer(undefined);
      },
    });
  }

  writeDetachedMetadata(commit: Checksum, bytes: Uint8Array): Awaitable<void> {
    this.detached.set(commit, bytes);
    this.log.push('detached');
    return this.#answer(undefined);
  }

  #scratchFile(): ScratchFile {
    const chunks: Uint8Array[] = [];
    let whole: Uint8Array | undefined;
    this.scratchFiles.made++;
    this.scratchFiles.open++;
    return {
      write: (chunk) => void chunks.push(Uint8Array.from(chunk)),
      read: (target, position) => {
        whole ??= new Uint8Array(Buffer.concat(chunks));
        if (position + target.length > whole.length) throw new RangeError('Reading beyond what was written');
        target.set(whole.subarray(position, position + target.length));
      },
      close: () => void this.scratchFiles.open--,
    };
  }

  #answer<T>(value: T): Awaitable<T> {
    return this.#async ? new Promise((resolve) => setImmediate(() => resolve(value))) : value;
  }
}
