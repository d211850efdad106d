import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Checksum } from '@ost/objects';
import { lstatIfPresent } from '../platform/files.js';
import type { Repo } from '../repo.js';

/** Size from which content objects get payload links; what is not set means never (repository format, "Payload links"). */
function threshold(repo: Repo): bigint {
  const text = repo.keyFile.get('core', 'payload-link-threshold') ?? '-1';
  return /^\s*[+-]?\d+\s*$/.test(text) ? BigInt.asUintN(64, BigInt(text)) : BigInt.asUintN(64, -1n);
}

/** True when a payload link leads to an object that is kept and large enough to be shared by it. */
export function isUsefulPayloadLink(repo: Repo, link: string, reached: (file: Checksum) => boolean): boolean {
  const target = fs.readlinkSync(link);
  const match = /^\.\.\/([0-9a-f]{2})\/([0-9a-f]{62})\.file$/.exec(target);
  if (match === null || !reached(`${match[1]}${match[2]}` as Checksum)) return false;
  const stat = lstatIfPresent(path.join(path.dirname(link), target));
  return stat !== null && BigInt(stat.size) >= threshold(repo);
}
