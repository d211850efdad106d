import * as fs from 'node:fs';
import { OstError } from '@ost/objects';
import { exportTar, ioError, isAbsent } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';

/** What a tar archive on standard output is padded to. */
const RECORD = 10_240;

/** `export COMMIT`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, io } = context;
  const repo = await openCommandRepo(context);
  const [rev] = args.positionals;
  if (rev === undefined) throw new UsageError('A COMMIT argument is required');
  // GNU's format has no place for extended attributes: --no-xattrs asks for what is so anyway.
  const subpath = args.string('subpath');
  const prefix = args.string('prefix');
  const archive = exportTar(repo, rev, {
    ...(subpath === undefined ? {} : { subpath }),
    ...(prefix === undefined ? {} : { prefix }),
    signal: io.signal,
  });
  const output = args.string('output');
  if (output === undefined) await toStandardOutput(context, archive);
  else await toFile(resolvePath(context, output), output, archive);
}

async function toStandardOutput({ out }: CommandContext, archive: AsyncIterable<Uint8Array>): Promise<void> {
  let size = 0;
  for await (const chunk of archive) {
    out.bytes(chunk);
    size += chunk.length;
  }
  out.bytes(new Uint8Array((RECORD - (size % RECORD)) % RECORD));
}

/** Writes the file in place, since it may be a device or a pipe; half an archive does not stay behind. */
async function toFile(file: string, name: string, archive: AsyncGenerator<Uint8Array>): Promise<void> {
  // What is wrong with the arguments shows with the first chunk, before a file is touched.
  let next = await archive.next();
  let fd: number;
  try {
    fd = fs.openSync(file, 'w', 0o666);
  } catch (error) {
    if (isAbsent(error)) throw new OstError('not-found', `Failed to open '${name}'`, { cause: error });
    throw ioError(error, `Failed to open '${name}'`);
  }
  try {
    for (; next.done !== true; next = await archive.next()) fs.writeFileSync(fd, next.value);
  } catch (error) {
    if (fs.fstatSync(fd).isFile()) fs.rmSync(file, { force: true });
    throw ioError(error, `Writing ${name}`);
  } finally {
    fs.closeSync(fd);
  }
}
