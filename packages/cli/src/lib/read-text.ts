import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { ioError } from '@ost/repo';
import { type CommandContext, resolvePath } from '../context.js';

/**
 * Reads a file that an option names.
 * @throws OstError `not-found` (`openat(FILE): No such file or directory`), `invalid-argument` when it is not UTF-8
 */
export function readText(context: CommandContext, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      fs.readFileSync(resolvePath(context, file)),
    );
  } catch (error) {
    if (error instanceof TypeError)
      throw new OstError('invalid-argument', `Invalid UTF-8 in ${file}`, { cause: error });
    throw ioError(error, `openat(${file})`);
  }
}
