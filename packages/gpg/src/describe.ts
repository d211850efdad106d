import { OstError } from '@ost/objects';
import type { SignatureResult, SignatureStatus } from './result.js';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const FIGURE_SPACE = '\u2007';

/**
 * Local time as GLib formats `%c` in the C locale: `Sun Nov 22 17:18:56 2026`. A day below 10 is padded with a figure
 * space (U+2007), which a terminal without Unicode shows as `?`.
 */
export function formatDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = String(date.getDate()).padStart(2, FIGURE_SPACE);
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${date.getFullYear()}`;
}

/**
 * The lines that libostree prints about a signature, joined and ended by newlines. `show` indents each by two spaces.
 * A line about a key's expiry says `expired` only if that is what the signature failed for.
 */
export function describeSignature(result: SignatureResult): string {
  const { status, primaryFingerprint: primary } = result;
  const isOther = primary !== null && primary !== result.fingerprint;
  const lines = [
    `Signature made ${formatDate(result.created ?? 0)} using ${result.algorithm ?? '[unknown name]'} key ID ${keyId(result.fingerprint)}`,
    statusLine(result),
  ];
  if (status !== 'missing-key' && isOther) lines.push(`Primary key ID ${keyId(primary)}`);
  const expiry = (subject: string, time: number | null, isExpired: boolean): void => {
    if (time !== null) lines.push(`${subject} ${isExpired ? 'expired' : 'expires'} ${formatDate(time)}`);
  };
  expiry('Signature', result.expires, status === 'expired-signature');
  expiry('Key', result.keyExpires, status === 'expired-key');
  if (isOther) expiry('Primary key', result.primaryKeyExpires, status === 'expired-key');
  return `${lines.join('\n')}\n`;
}

function keyId(fingerprint: string): string {
  return fingerprint.slice(-16);
}

function statusLine(result: SignatureResult): string {
  const user = `"${result.userName ?? '[unknown name]'} <${result.userEmail ?? '[unknown email]'}>"`;
  switch (result.status) {
    case 'missing-key':
      return "Can't check signature: public key not found";
    case 'valid':
      return `Good signature from ${user}`;
    case 'revoked-key':
      return 'Key revoked';
    case 'expired-signature':
      return `Expired signature from ${user}`;
    default:
      // libostree has no line of its own for an expired key.
      return `BAD signature from ${user}`;
  }
}

/**
 * Throws unless at least one signature is valid. The message is libostree's: all descriptions, last signature first;
 * `data.status` is the status of the last signature, or `none`.
 */
export function requireValidSignature(results: readonly SignatureResult[]): void {
  if (results.some((result) => result.valid)) return;
  const text =
    results.length === 0 ? 'No GPG signatures found' : [...results].reverse().map(describeSignature).join('');
  const status: SignatureStatus | 'none' = results.at(-1)?.status ?? 'none';
  throw new OstError('signature', text.trimEnd(), { data: { status } });
}
