import type { HashProvider } from '@ost/objects';
import { checksumFromBytes, encodeFileHeader, parseCommit, parseDirMeta, parseDirTree } from '@ost/objects';
import { corrupt, tooLarge } from '../errors.js';
import { OPCODES, OperationReader } from '../format/operations.js';
import type { PartPayload } from '../format/payload.js';
import { PayloadSection, WINDOW } from '../format/payload-bytes.js';
import type { PartHeader } from '../format/superblock.js';
import type { DeltaLimits } from '../limits.js';
import type { DeltaObjectType, DeltaStore } from '../store.js';
import { bspatch } from './bspatch.js';
import { AssemblerMemory, expectFileChecksum, FileAssembler } from './file-assembler.js';
import { FileHeaders, symlinkTarget } from './file-headers.js';
import { SourceReader } from './source-reader.js';

const NOTHING = new Uint8Array(0);
const parsers = { dirtree: parseDirTree, dirmeta: parseDirMeta, commit: parseCommit } as const;

/** What {@link PartExecutor} works with. */
export interface ExecuteContext {
  readonly store: DeltaStore;
  readonly hash: HashProvider;
  readonly limits: DeltaLimits;
}

/** What executing a part did. */
export interface PartStats {
  /** Objects that were stored. */
  metadata: number;
  content: number;
  /** Objects that the store had already. */
  present: number;
  /** Content bytes of the stored objects. */
  bytes: number;
}

interface OpenFile {
  /** Null if the store has the file already: its operations are checked and passed over. */
  readonly assembler: FileAssembler | null;
  readonly size: number;
  written: number;
}

/** Runs the operations of one part, one step at a time. */
export class PartExecutor {
  readonly stats: PartStats = { metadata: 0, content: 0, present: 0, bytes: 0 };
  readonly #header: PartHeader;
  readonly #payload: PartPayload;
  readonly #context: ExecuteContext;
  readonly #reader: OperationReader;
  readonly #memory: AssemblerMemory;
  readonly #source: SourceReader;
  readonly #files: FileHeaders;
  #open: OpenFile | null = null;
  #declared = 0;

  constructor(header: PartHeader, payload: PartPayload, context: ExecuteContext) {
    const { objects } = header;
    this.#header = header;
    this.#payload = payload;
    this.#context = context;
    this.#reader = new OperationReader(payload.operations, objects.length, (k) => objects.type(k) !== 'file');
    this.#files = new FileHeaders(payload);
    this.#source = new SourceReader(context.store);
    this.#memory = new AssemblerMemory(context.limits.wholeFileSize);
  }

  /** Executes the next operation: false at the end. Answers directly unless there was something to wait for. */
  step(): boolean | Promise<boolean> {
    const reader = this.#reader;
    if (!reader.next()) {
      this.#expectComplete();
      return false;
    }
    const pending = this.#execute();
    return pending === undefined ? true : pending.then(() => true);
  }

  /** Lets go of everything; needed on success and failure alike. */
  async close(): Promise<void> {
    try {
      this.#source.close();
    } finally {
      const open = this.#open;
      this.#open = null;
      await open?.assembler?.abort();
    }
  }

  /** Starts the operation that was just read; undefined if it is done already. */
  #execute(): Promise<void> | undefined {
    const reader = this.#reader;
    switch (reader.code) {
      case OPCODES.openSpliceAndClose:
        return this.#splice();
      case OPCODES.open:
        this.#openFile();
        return undefined;
      case OPCODES.write:
        return this.#write();
      case OPCODES.setReadSource:
        this.#expectRange(reader.offset, 32);
        this.#source.select(checksumFromBytes(this.#payload.blob.read(reader.offset, 32)));
        return undefined;
      case OPCODES.unsetReadSource:
        this.#source.select(null);
        return undefined;
      case OPCODES.close:
        return this.#close();
      default:
        return this.#bspatch();
    }
  }

  #splice(): Promise<void> | undefined {
    const { object, length, offset } = this.#reader;
    if (this.#open !== null) throw corrupt('Splice while a file is open');
    this.#expectRange(offset, length);
    const type = this.#header.objects.type(object);
    this.#source.select(null);
    return type === 'file' ? this.#spliceFile() : this.#spliceMetadata(type);
  }

  #spliceMetadata(type: Exclude<DeltaObjectType, 'file'>): Promise<void> | undefined {
    const { store, hash } = this.#context;
    const { offset, length } = this.#reader;
    this.#expectSmall(`${type} object`, length);
    this.#account(length);
    const expected = this.#header.objects.checksum(this.#reader.object);
    if (store.hasObject(type, expected)) return this.#present();
    const bytes = this.#payload.blob.read(offset, length);
    const actual = hash.sha256(bytes);
    if (actual !== expected) {
      throw corrupt(`Corrupted ${type} object; checksum expected='${expected}' actual='${actual}'`, {
        expected,
        actual,
      });
    }
    parsers[type](bytes);
    this.stats.metadata++;
    this.stats.bytes += bytes.length;
    return store.writeMetadata(type, bytes, expected) ?? undefined;
  }

  #spliceFile(): Promise<void> | undefined {
    const { store, hash, limits } = this.#context;
    const { object, mode, xattrs, offset, length } = this.#reader;
    const { header, encoded, isLink } = this.#files.get(mode, xattrs);
    const checksum = this.#header.objects.checksum(object);
    if (isLink) this.#expectSmall('symlink target', length);
    else this.#account(length);
    if (store.hasObject('file', checksum)) return this.#present();
    if (!isLink && length > limits.wholeFileSize) {
      const file = { header, encodedHeader: encoded, size: length, checksum };
      const open = { assembler: new FileAssembler(file, store, hash, this.#memory), size: length, written: length };
      this.#open = open;
      return this.#append(open.assembler, offset, length).then(() => this.#close());
    }
    const bytes = this.#payload.blob.read(offset, length);
    const complete = isLink ? { ...header, symlinkTarget: symlinkTarget(bytes) } : header;
    const content = isLink ? NOTHING : bytes;
    expectFileChecksum(checksum, hash.sha256(isLink ? encodeFileHeader(complete) : encoded, content));
    this.stats.content++;
    this.stats.bytes += content.length;
    return store.writeFile(complete, content, checksum) ?? undefined;
  }

  #openFile(): void {
    const { store, hash } = this.#context;
    const { object, mode, xattrs, length: size } = this.#reader;
    if (this.#open !== null) throw corrupt('Open while a file is open');
    const { header, encoded, isLink } = this.#files.get(mode, xattrs);
    if (isLink) throw corrupt('Open of an object that is not a regular file');
    this.#account(size);
    const checksum = this.#header.objects.checksum(object);
    if (this.#header.objects.type(object) !== 'file') throw corrupt('Open of a metadata object');
    const file = { header, encodedHeader: encoded, size, checksum };
    const assembler = store.hasObject('file', checksum) ? null : new FileAssembler(file, store, hash, this.#memory);
    this.#open = { assembler, size, written: 0 };
  }

  #write(): Promise<void> | undefined {
    const { offset, length } = this.#reader;
    const open = this.#expectOpen(length);
    if (this.#source.selected !== null) {
      if (!Number.isSafeInteger(offset + length)) throw badRange(offset, length);
      return open.assembler === null || length === 0 ? undefined : this.#copy(open.assembler, offset, length);
    }
    this.#expectRange(offset, length);
    return open.assembler === null ? undefined : this.#append(open.assembler, offset, length);
  }

  /** Appends bytes of the blob. */
  async #append(assembler: FileAssembler, offset: number, length: number): Promise<void> {
    for (let done = 0; done < length; done += WINDOW) {
      await assembler.append(this.#payload.blob.read(offset + done, Math.min(WINDOW, length - done)));
    }
  }

  async #copy(assembler: FileAssembler, offset: number, length: number): Promise<void> {
    for (let done = 0; done < length; ) {
      const room = await assembler.room(length - done);
      await this.#source.readExactly(room, offset + done);
      assembler.commit(room.length);
      done += room.length;
    }
  }

  #bspatch(): Promise<void> | undefined {
    const { offset, length } = this.#reader;
    const open = this.#open;
    this.#expectRange(offset, length);
    if (open === null) throw corrupt('bspatch without an open file');
    if (this.#source.selected === null) throw corrupt('bspatch without a read source');
    if (open.written !== 0) throw corrupt('bspatch into a file that has content');
    open.written = open.size;
    const { assembler } = open;
    if (assembler === null) return undefined;
    const patch = new PayloadSection(this.#payload.blob, offset, length);
    return this.#source.open().then((source) => bspatch(patch, source, assembler));
  }

  #close(): Promise<void> | undefined {
    const open = this.#open;
    if (open === null) throw corrupt('Close without an open file');
    if (open.written !== open.size) throw corrupt(`Content ends after ${open.written} of ${open.size} bytes`);
    this.#source.select(null);
    if (open.assembler === null) {
      this.#open = null;
      return this.#present();
    }
    return open.assembler.finish().then(() => {
      this.#open = null;
      this.stats.content++;
      this.stats.bytes += open.size;
    });
  }

  #present(): undefined {
    this.stats.present++;
    return undefined;
  }

  /** The open file, with `length` more bytes counted as written. */
  #expectOpen(length: number): OpenFile {
    const open = this.#open;
    if (open === null) throw corrupt('Write without an open file');
    if (length > open.size - open.written) throw corrupt(`More content than the declared ${open.size} bytes`);
    open.written += length;
    return open;
  }

  #expectComplete(): void {
    if (this.#open !== null) throw corrupt('Operations end within a file');
    const { finished } = this.#reader;
    const { length } = this.#header.objects;
    if (finished !== length) throw corrupt(`Operations produce only ${finished} of ${length} objects`);
  }

  /** Counts content against what the part header declares, on which the check for free space relied. */
  #account(size: number): void {
    this.#declared += size;
    const { usize } = this.#header;
    if (this.#declared > usize) throw corrupt(`More content than the ${usize} bytes that the part declares`);
  }

  #expectRange(offset: number, length: number): void {
    if (offset + length > this.#payload.blob.size) throw badRange(offset, length);
  }

  /** Throws if something that has to be in memory as a whole is too large for that. */
  #expectSmall(what: string, length: number): void {
    const { metadataSize } = this.#context.limits;
    if (length > metadataSize) throw tooLarge(`Size of ${what}`, length, metadataSize);
  }
}

function badRange(offset: number, length: number): Error {
  return corrupt(`Invalid offset/length ${offset}/${length}`);
}
