import { OstError } from '@ost/objects';

const BEGIN = /^-----BEGIN ([^-]*)-----$/;

/**
 * The bodies of the blocks in a PEM file, in base64; text between the blocks is left out.
 * @throws OstError `invalid-argument` for a block with another label, or one that does not end
 */
export function pemBodies(file: Uint8Array, label: string): string[] {
  const bodies: string[] = [];
  let body: string[] | null = null;
  for (const raw of Buffer.from(file).toString('latin1').split('\n')) {
    const line = raw.trim();
    const begun = BEGIN.exec(line)?.[1];
    if (begun !== undefined) {
      if (body !== null) throw new OstError('invalid-argument', 'Unmatched PEM header');
      if (begun !== label) throw new OstError('invalid-argument', `Unexpected label "${begun}"`);
      body = [];
    } else if (body !== null && line === `-----END ${label}-----`) {
      bodies.push(body.join(''));
      body = null;
    } else body?.push(line);
  }
  if (body !== null) throw new OstError('invalid-argument', 'PEM trailer not found');
  return bodies;
}
