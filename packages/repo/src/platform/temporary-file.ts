import * as fs from 'node:fs';
import { linkTmpfile, openTmpfile } from '@ost/linux';
import { temporaryName } from './files.js';
import { errnoOf } from './fs-errors.js';

/**
 * A file that is filled before it gets its name: nameless where the file system has such files, so that a killed
 * process leaves nothing behind, else under a temporary name in the same directory.
 */
export class TemporaryFile {
  private constructor(
    /** Open for reading and writing, mode 0600. */
    readonly fd: number,
    private readonly name: string | null,
  ) {}

  /** Opens one on the file system of a directory. Close it in any case. */
  static open(directory: string): TemporaryFile {
    try {
      return new TemporaryFile(openTmpfile(directory), null);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'ENOTSUP' && errno !== 'EOPNOTSUPP' && errno !== 'EISDIR') throw error;
    }
    const name = `${directory}/${temporaryName('.tmp-')}`;
    return new TemporaryFile(fs.openSync(name, 'wx+', 0o600), name);
  }

  /** Gives the file its name; EEXIST when something has it. */
  publish(destination: string): void {
    if (this.name === null) linkTmpfile(this.fd, destination);
    else fs.linkSync(this.name, destination);
  }

  /** Closes the file, which goes away unless it was published. */
  close(): void {
    fs.closeSync(this.fd);
    if (this.name !== null) fs.rmSync(this.name, { force: true });
  }
}
