import { addGpgSignatures } from '@ost/gpg';
import type { Metadata } from '@ost/objects';
import { addSignatures } from '@ost/sign';
import { type CommandContext, resolvePath } from '../context.js';
import { givenEngine, givenSecretKeys } from './sign-keys.js';

/** Adds signatures over some data to a dictionary. */
export type MetadataSigner = (data: Uint8Array, metadata: Metadata) => Promise<Metadata>;

/** Signs with the keys of `--gpg-sign`, `--sign` and `--sign-from-file`. Keys that are malformed are refused at once. */
export function metadataSigner(context: CommandContext): MetadataSigner {
  const { args, io } = context;
  const engine = givenEngine(context);
  const keys = givenSecretKeys(context, engine, args.list('sign'), args.list('sign-from-file'));
  const homedir = args.string('gpg-homedir');
  const home = homedir === undefined ? {} : { homedir: resolvePath(context, homedir) };
  return async (data, metadata) => {
    const signed = await addGpgSignatures(data, metadata, args.list('gpg-sign'), { ...home, signal: io.signal });
    return keys.length === 0 ? signed : addSignatures(engine, keys, data, signed);
  };
}
