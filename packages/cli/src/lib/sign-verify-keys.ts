import { OstError } from '@ost/objects';
import { signatureEngine } from '@ost/sign';

interface KeyReference {
  readonly type: string;
  readonly how: 'key' | 'file';
  readonly data: string;
}

/** Reads one `--sign-verify=TYPE=inline:KEY|file:PATH`. A key that is malformed would only be found out by a pull. */
function parseReference(text: string, env: NodeJS.ProcessEnv): KeyReference {
  const match = /^([^=]+)=([^:]+)(?::(.*))?$/s.exec(text);
  if (match === null) {
    throw new OstError('invalid-argument', `Failed to parse KEYTYPE=[inline|file]:DATA in ${text}`);
  }
  const [, type, how, data] = match as unknown as [string, string, string, string | undefined];
  const engine = signatureEngine(type, env);
  if ((how !== 'inline' && how !== 'file') || data === undefined) {
    throw new OstError('invalid-argument', `Invalid key reference ${how}, expected inline|file`);
  }
  if (how === 'inline') engine.publicKey(data);
  return { type, how: how === 'inline' ? 'key' : 'file', data };
}

/**
 * The keys of a remote's configuration for some `--sign-verify`. What is given several times becomes a list; libostree
 * keeps the last one only.
 */
export function signVerifyKeys(
  texts: readonly string[],
  env: NodeJS.ProcessEnv,
): [string, string | readonly string[]][] {
  const byKey = new Map<string, string[]>();
  const types = new Set<string>();
  for (const { type, how, data } of texts.map((text) => parseReference(text, env))) {
    const key = `verification-${type}-${how}`;
    byKey.set(key, [...(byKey.get(key) ?? []), data]);
    types.add(type);
  }
  byKey.set('sign-verify', [...types]);
  // A text with the separator of lists in it is a list of one.
  return [...byKey].map(([key, list]) => {
    const [only = '', ...more] = list;
    return [key, more.length === 0 && !only.includes(';') ? only : list];
  });
}
