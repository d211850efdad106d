import { type Metadata, parseDetachedMetadata } from '@ost/objects';
import { describeSignature, gpgSignatures, verifyDetached } from '@ost/gpg';
import type { Repo } from '@ost/repo';
import { allKeyrings, remoteKeyrings } from '@ost/trust';
import { type CommandContext, resolvePath } from '../context.js';
import type { Output } from '../output.js';

/** Detached metadata of a commit or summary; empty when there is none. */
export function parseDetached(bytes: Uint8Array | null): Metadata {
  return bytes === null ? [] : parseDetachedMetadata(bytes);
}

/** What there is to say about each OpenPGP signature by the keys of a remote: lines, ended by line feeds. */
export async function describeByRemote(
  { io }: CommandContext,
  repo: Repo,
  remote: string,
  signed: { readonly data: Uint8Array; readonly detached: Uint8Array },
): Promise<string[]> {
  const signatures = gpgSignatures(parseDetached(signed.detached));
  if (signatures.length === 0) return [];
  return (await verifyDetached(signed.data, signatures, remoteKeyrings(repo, remote, io.env))).map(describeSignature);
}

/** Prints descriptions under a heading that says how many there are; nothing when there are none. */
export function printDescriptions(out: Output, texts: readonly string[], heading: (count: string) => string): void {
  if (texts.length === 0) return;
  out.line(heading(`${texts.length} signature${texts.length === 1 ? '' : 's'}`));
  for (const text of texts) {
    out.line();
    out.text(text.replace(/^(?=.)/gm, '  '));
  }
}

/** The same by every key that is known, those in `--gpg-homedir` among them. */
export async function describeByAll(
  context: CommandContext,
  repo: Repo,
  signed: { readonly data: Uint8Array; readonly detached: Uint8Array },
  homedir?: string,
): Promise<string[]> {
  const signatures = gpgSignatures(parseDetached(signed.detached));
  if (signatures.length === 0) return [];
  const home = homedir === undefined ? undefined : resolvePath(context, homedir);
  const keyrings = allKeyrings(repo, context.io.env, home);
  return (await verifyDetached(signed.data, signatures, keyrings)).map(describeSignature);
}
