import { OstError } from '@ost/objects';
import { nodeChildProcess, nodeStreamPromises } from '../platform/builtins.js';
import { isAbsent } from '../platform/fs-errors.js';

/**
 * Decodes a stream with a program that reads standard input and writes standard output.
 * @throws OstError `unsupported` when the program is not installed, `corrupt` when it fails
 */
export async function* decompressWithProgram(
  program: string,
  args: readonly string[],
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const child = nodeChildProcess().spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], signal });
  const messages: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => messages.length < 16 && messages.push(chunk.toString()));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(program, error, signal)));
    child.once('close', (code) => {
      const [said = ''] = messages.join('').replaceAll(`${program}: `, '').trim().split('\n');
      if (code === 0) resolve();
      else reject(new OstError('corrupt', `${program}: ${said === '' ? 'decompression failed' : said}`));
    });
  });
  const fed = feed(child.stdin, source);
  // Both are awaited below; until then a failure of one must not count as unhandled.
  ended.catch(() => {});
  fed.catch(() => {});
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await ended;
    await fed;
  } finally {
    child.kill('SIGKILL');
  }
}

async function feed(stdin: NodeJS.WritableStream, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await nodeStreamPromises().pipeline(source, stdin);
  } catch (error) {
    // A program that stops reading early breaks the pipe; its exit code says why.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') {
      stdin.end();
      throw error;
    }
  }
}

function startFailure(program: string, error: Error, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return new OstError('aborted', 'Aborted', { cause: error });
  if (!isAbsent(error)) return new OstError('io', `Running ${program}: ${error.message}`, { cause: error });
  return new OstError('unsupported', `Decompressing this archive needs the program '${program}'`, { cause: error });
}
