import type { Key, User } from 'openpgp';
import { formatDate } from './describe.js';
import type { Keyring } from './keyring.js';
import { ANY_TIME, loadOpenPgp, type OpenPgpContext } from './openpgp.js';
import { parseUserId } from './result.js';
import { webKeyUrls } from './wkd.js';

/** A primary key or subkey. Times are seconds since 1970. */
export interface KeyInfo {
  /** Upper-case hex. */
  readonly fingerprint: string;
  readonly created: number;
  /** Null for never. */
  readonly expires: number | null;
  readonly isRevoked: boolean;
  /** Past `expires` and not revoked. */
  readonly isExpired: boolean;
  /** Not bound by a good self-signature. */
  readonly isInvalid: boolean;
}

/** A user ID of a key. */
export interface UserIdInfo {
  /** As it stands in the key: `Name (comment) <mail>`. */
  readonly text: string;
  readonly name: string;
  readonly email: string;
  readonly isRevoked: boolean;
  readonly isInvalid: boolean;
  /** Where a Web Key Directory would have updates of the key (advanced method); empty without a mail address. */
  readonly advancedUrl: string;
  /** The same for the direct method. */
  readonly directUrl: string;
}

/** A key of a keyring with what belongs to it; the primary user ID comes first. */
export interface PublicKeyInfo extends KeyInfo {
  readonly userIds: readonly UserIdInfo[];
  readonly subkeys: readonly KeyInfo[];
}

/** The keys of a keyring, for `remote gpg-list-keys` and other listings. */
export async function listKeys(keyring: Keyring, date: Date = new Date()): Promise<PublicKeyInfo[]> {
  const context = await loadOpenPgp();
  const list: PublicKeyInfo[] = [];
  for (const { key } of keyring.entries) list.push(await describeEntry(context, key, date));
  return list;
}

async function describeEntry(context: OpenPgpContext, key: Key, date: Date): Promise<PublicKeyInfo> {
  const { config } = context;
  const isRevoked = await key.isRevoked(undefined, undefined, ANY_TIME, config);
  const primary = await key.getPrimaryUser(ANY_TIME, undefined, config).then(
    ({ user }) => user,
    () => null,
  );
  const users = key.users.filter((user) => user.userID !== null && user !== primary);
  const userIds: UserIdInfo[] = [];
  for (const user of primary === null ? users : [primary, ...users]) {
    userIds.push(await describeUser(context, user, isRevoked));
  }
  const subkeys: KeyInfo[] = [];
  for (const subkey of key.subkeys) {
    const expires = await subkey.getExpirationTime(ANY_TIME, config);
    const revoked = isRevoked || (await subkey.isRevoked(null as never, null as never, ANY_TIME, config));
    subkeys.push(describePart(subkey, expires, revoked, date));
  }
  const expires = await key.getExpirationTime(undefined, config);
  return { ...describePart(key, expires, isRevoked, date), userIds, subkeys };
}

function describePart(
  part: { getFingerprint(): string; getCreationTime(): Date },
  expiry: Date | number | null,
  isRevoked: boolean,
  date: Date,
): KeyInfo {
  const expires = expiry === null || expiry === Number.POSITIVE_INFINITY ? null : Math.floor(Number(expiry) / 1000);
  return {
    fingerprint: part.getFingerprint().toUpperCase(),
    created: Math.floor(part.getCreationTime().getTime() / 1000),
    expires,
    isRevoked,
    isExpired: !isRevoked && expires !== null && expires * 1000 <= date.getTime(),
    isInvalid: !isRevoked && expiry === null,
  };
}

async function describeUser({ config }: OpenPgpContext, user: User, keyRevoked: boolean): Promise<UserIdInfo> {
  const text = user.userID?.userID ?? '';
  const { name, email } = parseUserId(text);
  let isRevoked = keyRevoked;
  let isInvalid = false;
  try {
    await user.verify(ANY_TIME, config);
  } catch (error) {
    if (/revoked/i.test((error as Error).message)) isRevoked = true;
    else isInvalid = !keyRevoked;
  }
  return { text, name, email, isRevoked, isInvalid, ...webKeyUrls(email) };
}

/** The lines of `remote gpg-list-keys` about one key, joined and ended by newlines. */
export function describeKey(key: PublicKeyInfo): string {
  const lines = partLines('Key', key, '');
  for (const user of key.userIds) {
    lines.push(`  UID: ${user.text}${flags(user)}`);
    lines.push(`  Advanced update URL: ${user.advancedUrl}`, `  Direct update URL: ${user.directUrl}`);
  }
  for (const subkey of key.subkeys) lines.push(...partLines('Subkey', subkey, '  '));
  return `${lines.join('\n')}\n`;
}

function partLines(title: string, part: KeyInfo, indent: string): string[] {
  const lines = [`${title}: ${part.fingerprint}${flags(part)}`, `  Created: ${formatDate(part.created)}`];
  if (part.expires !== null) lines.push(`  ${part.isExpired ? 'Expired' : 'Expires'}: ${formatDate(part.expires)}`);
  return lines.map((line) => indent + line);
}

function flags(part: { isRevoked: boolean; isInvalid: boolean }): string {
  return `${part.isRevoked ? ' (revoked)' : ''}${part.isInvalid ? ' (invalid)' : ''}`;
}
