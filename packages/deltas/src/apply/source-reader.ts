import type { Checksum } from '@ost/objects';
import { corrupt } from '../errors.js';
import type { DeltaStore } from '../store.js';
import { BLOCK_MEMORY, BlockSource } from './block-source.js';
import { readFully } from './read-fully.js';

/**
 * The file that operations read from. It is opened when first read and stays open until another one is, because
 * programs set and unset the same source over and over.
 */
export class SourceReader {
  readonly #store: DeltaStore;
  #selected: Checksum | null = null;
  #opened: Checksum | null = null;
  #source: BlockSource | null = null;
  #memory: Uint8Array | null = null;

  constructor(store: DeltaStore) {
    this.#store = store;
  }

  /** The selected file, or null. */
  get selected(): Checksum | null {
    return this.#selected;
  }

  /** Selects a file, or none. */
  select(checksum: Checksum | null): void {
    this.#selected = checksum;
  }

  /** Opens the selected file. */
  async open(): Promise<BlockSource> {
    const checksum = this.#selected;
    if (checksum === null) throw corrupt('No read source is set');
    if (this.#source !== null && this.#opened === checksum) return this.#source;
    this.close();
    this.#memory ??= new Uint8Array(BLOCK_MEMORY);
    const source = new BlockSource(await this.#store.openSource(checksum), this.#memory);
    this.#source = source;
    this.#opened = checksum;
    return source;
  }

  /** Fills all of `target` from `position` of the selected file on. */
  async readExactly(target: Uint8Array, position: number): Promise<void> {
    await readFully(await this.open(), target, position, `Unexpected EOF reading object ${this.#selected}`);
  }

  /** Closes what is open. */
  close(): void {
    const source = this.#source;
    this.#source = null;
    this.#opened = null;
    source?.close();
  }
}
