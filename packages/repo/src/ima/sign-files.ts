import { type Checksum, compareBytes, type FileHeader } from '@ost/objects';
import { addLabel } from '../commit/label.js';
import type { TaskContext } from '../pool/task.js';
import { emptyStats, ObjectWriter } from '../store/object-writer.js';
import { ImaSigner } from './signature.js';
import type { SignFilesInput, SignFilesOutput } from './sign-job.js';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const ATTRIBUTE = new TextEncoder().encode('security.ima');

/** Gives file objects their signatures; runs in worker threads. */
export async function run(input: SignFilesInput, context: TaskContext): Promise<SignFilesOutput> {
  const { target, policy } = input;
  const writer = context.once('writer', target.transaction, () => new ObjectWriter(target));
  const signer = new ImaSigner(policy.algorithm, policy.key);
  Object.assign(writer.stats, emptyStats());
  const signed: Checksum[] = [];
  for (const checksum of input.files) signed.push(await signFile(writer, signer, checksum, policy.overwrite));
  return { signed, stats: { ...writer.stats } };
}

async function signFile(
  writer: ObjectWriter,
  signer: ImaSigner,
  checksum: Checksum,
  overwrite: boolean,
): Promise<Checksum> {
  const file = writer.store.loadFile(checksum);
  const { header } = file;
  if ((header.mode & S_IFMT) !== S_IFREG) return checksum;
  if (!overwrite && header.xattrs.some(({ name }) => compareBytes(name, ATTRIBUTE) === 0)) return checksum;
  const withSignature = (value: Uint8Array): FileHeader => ({
    ...header,
    xattrs: addLabel(header.xattrs, { name: ATTRIBUTE, value }),
  });
  if (file.isSmall) {
    const content = file.view();
    return writer.writeFile(withSignature(signer.sign(content)), content);
  }
  // Read twice: the signature stands before the content.
  const value = await signer.signStream(file.stream());
  return writer.writeFileStream(withSignature(value), file.size, file.stream());
}
