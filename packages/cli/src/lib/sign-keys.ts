import {
  KEY_DIRECTORIES,
  type KeySet,
  readPublicKeys,
  readRevokedKeys,
  readSecretKeys,
  readTrustedKeys,
  type SecretKey,
  type SignatureEngine,
  signatureEngine,
} from '@ost/sign';
import { type CommandContext, resolvePath } from '../context.js';

/** The engine that `--sign-type` names, or the usual one. */
export function givenEngine({ args, io }: CommandContext): SignatureEngine {
  return signatureEngine(args.string('sign-type') ?? 'ed25519', io.env);
}

/** The keys to sign with: those on the command line, and all in some files. */
export function givenSecretKeys(
  context: CommandContext,
  engine: SignatureEngine,
  texts: readonly string[],
  files: readonly string[],
): SecretKey[] {
  return [
    ...texts.map((text) => engine.secretKey(text)),
    ...files.flatMap((file) => readSecretKeys(engine, resolvePath(context, file))),
  ];
}

/** True when the command line says anything about the keys to verify with. */
export function namesPublicKeys({ args }: CommandContext, texts: readonly string[]): boolean {
  return texts.length > 0 || args.string('keys-file') !== undefined || args.string('keys-dir') !== undefined;
}

/**
 * The keys to verify with: those on the command line, in `--keys-file` and below `--keys-dir`; without any of them, those
 * of the machine.
 */
export function givenPublicKeys(context: CommandContext, engine: SignatureEngine, texts: readonly string[]): KeySet {
  const { args } = context;
  const [file, directory] = [args.string('keys-file'), args.string('keys-dir')];
  const inFile = file === undefined ? [] : readPublicKeys(engine, resolvePath(context, file));
  const usual = namesPublicKeys(context, texts) ? [] : KEY_DIRECTORIES;
  const directories = directory === undefined ? usual : [resolvePath(context, directory)];
  return {
    trusted: [...texts.map((text) => engine.publicKey(text)), ...inFile, ...readTrustedKeys(engine, directories)],
    revoked: readRevokedKeys(engine, directories),
  };
}
