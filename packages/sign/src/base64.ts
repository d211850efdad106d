import { OstError } from '@ost/objects';

/**
 * Decodes base64, in which white space may stand anywhere.
 * @throws OstError `invalid-argument` for anything else that is not the text of these bytes
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  const plain = text.replaceAll(/\s+/g, '');
  const bytes = Buffer.from(plain, 'base64');
  if (bytes.toString('base64') !== plain) throw new OstError('invalid-argument', `Invalid ${what}: not base64`);
  return new Uint8Array(bytes);
}
