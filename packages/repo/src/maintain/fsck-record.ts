import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, OBJECT_TYPE_NUMBERS, type ObjectType, objectTypeFromNumber } from '@ost/objects';
import type { Repo } from '../repo.js';
import { ObjectTable } from '../tree/object-table.js';
import type { VerifyJob } from './verify-job.js';

const FILE = 'tmp/cache/ost-fsck';
/** The number of a type, and a checksum. */
const RECORD = 33;

/**
 * Objects that a check has found good, written down as it goes on, so that another one can go on where it was stopped.
 * Bad ones are not in it: they are looked at again.
 */
export class FsckRecord {
  readonly #before = new ObjectTable();

  private constructor(
    private readonly file: string,
    private readonly fd: number,
  ) {}

  /** Opens the record of a repository, an empty one where no check was stopped. */
  static open(repo: Repo): FsckRecord {
    const file = path.join(repo.path, FILE);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const record = new FsckRecord(file, fs.openSync(file, 'a', 0o644));
    record.#load(fs.readFileSync(file));
    return record;
  }

  #load(bytes: Uint8Array): void {
    const whole = bytes.length - (bytes.length % RECORD);
    for (let at = 0; at < whole; at += RECORD) {
      const type = objectTypeFromNumber(bytes[at] as number);
      if (type !== null) this.#before.add(type, bytes, at + 1);
    }
    // What a killed process wrote of a last one would shift all that follow.
    if (whole < bytes.length) fs.ftruncateSync(this.fd, whole);
  }

  /** True for what an earlier check has found good. */
  has(type: ObjectType, checksum: Checksum): boolean {
    return this.#before.find(type, checksum) !== -1;
  }

  /** Notes good objects. */
  add(objects: readonly VerifyJob[]): void {
    const bytes = Buffer.alloc(objects.length * RECORD);
    objects.forEach(({ type, checksum }, i) => {
      bytes[i * RECORD] = OBJECT_TYPE_NUMBERS[type];
      bytes.write(checksum, i * RECORD + 1, 'hex');
    });
    fs.writeSync(this.fd, bytes);
  }

  /** Closes the record; `done` when the check has come to its end, and the next one begins anew. */
  close(done: boolean): void {
    fs.closeSync(this.fd);
    if (done) fs.rmSync(this.file, { force: true });
  }
}
