import * as fs from 'node:fs';

/**
 * Modes of new files: what is made with its final mode need not be given it. Whether that mode comes out depends on the
 * umask and on the rules that a directory has for what is made in it, which the first file with a mode tells.
 */
export class CreationModes {
  readonly #exact = new Map<number, boolean>();

  /**
   * Makes sure of the mode of an open file.
   * @param created the mode that it was made with
   */
  set(fd: number, mode: number, created: number): void {
    if (created !== mode || !this.#comesOut(fd, mode)) fs.fchmodSync(fd, mode);
  }

  #comesOut(fd: number, mode: number): boolean {
    let exact = this.#exact.get(mode);
    if (exact === undefined) {
      exact = (fs.fstatSync(fd).mode & 0o7777) === mode;
      this.#exact.set(mode, exact);
    }
    return exact;
  }
}
