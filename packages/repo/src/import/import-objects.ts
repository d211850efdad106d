import * as fs from 'node:fs';
import { type Checksum, encodeFileHeader, isOstError, OstError, type RepoMode } from '@ost/objects';
import { nodeHash } from '../platform/hash.js';
import type { TaskContext } from '../pool/task.js';
import { checkBareUserOnly } from '../store/content-file.js';
import { type ObjectLocation, ObjectStore } from '../store/object-store.js';
import { emptyStats, ObjectWriter } from '../store/object-writer.js';
import type { ImportJob, ImportObjectsInput, ImportObjectsOutput, ImportPolicy } from './import-job.js';

/** Takes objects over from another repository; runs in worker threads (repository format, "Import matrix"). */
export async function run(input: ImportObjectsInput, context: TaskContext): Promise<ImportObjectsOutput> {
  const source = context.once('import-source', input.source.path, () => new ObjectStore(input.source));
  const writer = context.once('import-writer', input.target.transaction, () => new ObjectWriter(input.target));
  Object.assign(writer.stats, emptyStats());
  const importer = new Importer(source, writer, input.policy);
  for (const job of input.jobs) {
    try {
      await importer.import(job);
    } catch (error) {
      // A mode that the target refuses is not a failure of the import, and is named alone.
      if (!isOstError(error) || error.code === 'unsupported') throw error;
      throw error.withPrefix(`Importing ${job.checksum}.${job.type}: `);
    }
  }
  return { metadata: importer.metadata, content: importer.content, stats: { ...writer.stats } };
}

class Importer {
  metadata = 0;
  content = 0;

  constructor(
    private readonly source: ObjectStore,
    private readonly writer: ObjectWriter,
    private readonly policy: ImportPolicy,
  ) {}

  async import(job: ImportJob): Promise<void> {
    // What a parent repository has need not be here.
    if (this.writer.store.find(job.type, job.checksum) !== null) return;
    if (job.type === 'file') {
      await this.#file(job.checksum);
      this.content++;
    } else {
      this.#metadata(job);
      this.metadata++;
    }
  }

  #metadata(job: ImportJob): void {
    const { untrusted, sameOwner } = this.policy;
    const found = this.source.find(job.type, job.checksum);
    if (found !== null && sameOwner && !untrusted && this.writer.link(found.path, job.type, job.checksum)) return;
    const bytes = this.source.readMetadata(job.type, job.checksum);
    if (untrusted && found !== null && sameOwner) {
      assertHash(job, bytes);
      if (this.writer.link(found.path, job.type, job.checksum)) return;
    }
    this.writer.writeMetadata(job.type, bytes, job.checksum);
  }

  async #file(checksum: Checksum): Promise<void> {
    const { untrusted, bareUserOnlyFiles, sameOwner } = this.policy;
    const found = this.source.find('file', checksum);
    if (found === null)
      throw new OstError('not-found', `Couldn't find file object '${checksum}'`, { data: { checksum } });
    const file = this.source.loadFileAt(found);
    if (bareUserOnlyFiles) checkBareUserOnly(file.header, checksum);
    const sameForm = sharesForm(found.mode, this.writer.target.mode, file.isSymlink);
    if (sameForm && sameOwner) {
      if (untrusted) await this.#verify(checksum, found);
      this.writer.storeAttributes(checksum, file.header);
      if (this.writer.link(found.path, 'file', checksum)) return;
    }
    if (!file.isSmall) {
      await this.writer.writeFileStream(file.header, file.size, file.stream(), checksum);
      return;
    }
    const archived = found.mode === 'archive' && this.writer.target.mode === 'archive';
    // An archived object keeps its compressed bytes; anything else is hashed and written anew.
    if (archived) this.writer.writeArchived(checksum, fs.readFileSync(found.path));
    else if (untrusted || this.writer.target.mode === 'bare-user-only')
      this.writer.writeFile(file.header, file.view(), checksum);
    else {
      this.writer.stats.contentTotal++;
      this.writer.putFile(checksum, file.header, file.view());
    }
  }

  async #verify(checksum: Checksum, found: ObjectLocation): Promise<void> {
    const file = this.source.loadFileAt(found);
    const hasher = nodeHash.create();
    hasher.update(encodeFileHeader(file.header));
    if (file.isSmall) hasher.update(file.view());
    else for await (const chunk of file.stream()) hasher.update(chunk);
    const actual = hasher.digest();
    if (actual === checksum) return;
    throw new OstError('corrupt', `Corrupted file object; checksum expected='${checksum}' actual='${actual}'`);
  }
}

/** True when a content object is one file that looks the same on disk in both modes. */
function sharesForm(from: RepoMode, to: RepoMode, symlink: boolean): boolean {
  return from === to || (from === 'bare-user' && to === 'bare-user-only' && !symlink);
}

function assertHash(job: ImportJob, bytes: Uint8Array): void {
  const actual = nodeHash.sha256(bytes);
  if (actual === job.checksum) return;
  const what = `Corrupted ${job.type} object; checksum expected='${job.checksum}' actual='${actual}'`;
  throw new OstError('corrupt', what, { data: { expected: job.checksum, actual } });
}
