import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Checksum, isChecksum, type ObjectType } from '@ost/objects';
import { listIfPresent } from '../platform/files.js';

const types: Readonly<Record<string, ObjectType>> = {
  file: 'file',
  filez: 'file',
  dirtree: 'dirtree',
  dirmeta: 'dirmeta',
  commit: 'commit',
  commitmeta: 'commitmeta',
  'tombstone-commit': 'tombstone-commit',
  'payload-link': 'payload-link',
  'file-xattrs': 'file-xattrs',
  'file-xattrs-link': 'file-xattrs-link',
};

/** A loose object. */
export interface LooseObject {
  readonly type: ObjectType;
  readonly checksum: Checksum;
  readonly path: string;
}

/** True for the name of a directory of objects: the first byte of their checksums. */
export function isPrefix(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** The directories of `objects`. */
export function objectPrefixes(repo: string): string[] {
  return fs.readdirSync(path.join(repo, 'objects')).filter(isPrefix);
}

/** The names in one of them. */
export function listPrefix(repo: string, prefix: string): string[] {
  return listIfPresent(`${repo}/objects/${prefix}`);
}

/** Every loose object of one repository, parents not included, one directory at a time. */
export function* listLooseObjects(repo: string): Generator<LooseObject, void, undefined> {
  for (const prefix of objectPrefixes(repo)) {
    for (const name of listPrefix(repo, prefix)) {
      const dot = name.indexOf('.');
      const checksum = prefix + name.slice(0, dot);
      const type = types[name.slice(dot + 1)];
      if (dot === -1 || type === undefined || !isChecksum(checksum)) continue;
      yield { type, checksum, path: `${repo}/objects/${prefix}/${name}` };
    }
  }
}

/** Checksums of all commit objects of one repository. */
export function listCommits(repo: string): Checksum[] {
  const commits: Checksum[] = [];
  for (const prefix of objectPrefixes(repo)) {
    for (const name of listPrefix(repo, prefix)) {
      if (!name.endsWith('.commit')) continue;
      const checksum = prefix + name.slice(0, -'.commit'.length);
      if (isChecksum(checksum)) commits.push(checksum);
    }
  }
  return commits;
}
