import { createHash } from 'node:crypto';

const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** The Web Key Directory addresses of a mail address; empty if there is none. */
export function webKeyUrls(email: string): { advancedUrl: string; directUrl: string } {
  const at = email.lastIndexOf('@');
  if (at <= 0) return { advancedUrl: '', directUrl: '' };
  // libostree asks with the lower-case form, too, although a directory might want the original.
  const local = email.slice(0, at).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const domain = email.slice(at + 1).toLowerCase();
  const hash = zBase32(createHash('sha1').update(local).digest());
  const query = `hu/${hash}?l=${encodeURIComponent(local).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  return {
    advancedUrl: `https://openpgpkey.${domain}/.well-known/openpgpkey/${domain}/${query}`,
    directUrl: `https://${domain}/.well-known/openpgpkey/${query}`,
  };
}

/** Human-oriented base 32 of 20 bytes: five bits for each letter, the first bit first. */
function zBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    for (; count >= 5; count -= 5) text += ALPHABET.charAt((bits >> (count - 5)) & 31);
    bits &= 0xff;
  }
  return text;
}
