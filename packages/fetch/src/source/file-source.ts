import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OstError } from '@ost/objects';
import { isAbsent } from '@ost/repo';
import { sizeError } from '../http/errors.js';
import { joinUrl } from '../remote/url.js';
import type { Fetched, GetOptions, Source } from './source.js';

/** A repository in a directory of this machine, read file by file as a server's would be. */
export class FileSource implements Source {
  readonly #root: string;

  constructor(readonly base: URL) {
    this.#root = fileURLToPath(base);
  }

  async get(relative: string, options: GetOptions): Promise<Fetched> {
    const url = joinUrl(this.base, relative);
    const fd = this.#open(relative, url);
    try {
      const stat = fs.fstatSync(fd);
      const { size } = stat;
      if (size > options.limit) throw sizeError(options.limit, url);
      const headers = { 'last-modified': stat.mtime.toUTCString() };
      if (size > (options.whole ?? options.limit)) {
        return { body: fs.createReadStream(path.join(this.#root, relative)), headers, notModified: false };
      }
      return { body: fs.readFileSync(fd), headers, notModified: false };
    } finally {
      fs.closeSync(fd);
    }
  }

  #open(relative: string, url: URL): number {
    try {
      return fs.openSync(path.join(this.#root, relative), 'r');
    } catch (error) {
      const what = `While fetching ${url.href}: [37] Couldn't read a file:// file`;
      throw new OstError(isAbsent(error) ? 'not-found' : 'io', what, { cause: error, data: { url: url.href } });
    }
  }
}
