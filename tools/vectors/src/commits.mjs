import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readObject } from './objects.mjs';

/**
 * @typedef {object} CommitRecipe
 * @property {string} name
 * @property {string} note
 * @property {string} [repo] `plain` unless told
 * @property {string} [parent] name of an earlier one
 * @property {string} [tree] `sub` unless told
 * @property {number} time
 * @property {readonly string[]} args
 */

/** @type {readonly CommitRecipe[]} */
const COMMITS = [
  {
    name: 'bound',
    note: 'subject, body, ref binding, sizes',
    time: 1700000000,
    args: ['-b', 'main', '-s', 'Subj', '-m', 'Body text', '--generate-sizes'],
  },
  {
    name: 'bare',
    note: 'nothing but a parent',
    parent: 'bound',
    time: 1700000100,
    args: ['--orphan', '--no-bindings'],
  },
  {
    name: 'typed',
    note: 'values of many types, several bindings, a key twice',
    parent: 'bound',
    time: 1700000200,
    args: [
      '-b',
      'multi/ref',
      '--bind-ref=zz',
      '--bind-ref=aa',
      '-s',
      'S',
      '-m',
      'B',
      '--add-metadata-string=version=2',
      '--add-metadata-string=twice=1',
      '--add-metadata-string=twice=2',
      '--add-metadata=n=uint64 5',
      '--add-metadata=flag=true',
      '--add-metadata=m=@ms nothing',
      '--add-metadata=just=@mmi just nothing',
      '--add-metadata=d=1.5',
      '--add-metadata=i16=int16 -2',
      "--add-metadata=bytes=b'\\001\\377'",
      "--add-metadata=tuple=(byte 1, 'a', [<2>, <'x'>])",
      "--add-metadata=dict={'k': <'v'>, 'l': <uint32 7>}",
      "--add-metadata=path=objectpath '/a/b'",
      '--add-metadata=none=@as []',
      '--add-metadata=doubles=[1.0, 2.0]',
      '--add-metadata=unit=()',
    ],
  },
  {
    name: 'unicode',
    note: 'text beyond ASCII, also in a ref',
    time: 1700000300,
    args: [
      '-b',
      'größe/日本',
      '-s',
      'Übergröße \u{1f600}',
      '-m',
      '\ufeffline 1\nline 2\ttab',
      '--add-metadata-string=ключ=значение',
    ],
  },
  { name: 'epoch', note: 'time 0', time: 0, args: ['--orphan'] },
  {
    name: 'far',
    note: 'a time beyond 32 bits',
    time: 253402300799,
    args: ['-b', 'far', '--add-metadata-string=version=9999'],
  },
  {
    name: 'long',
    note: 'offsets of two bytes',
    time: 1700000400,
    args: ['-b', 'long', '-s', 's'.repeat(200), '-m', 'b'.repeat(800), `--add-metadata-string=long=${'v'.repeat(300)}`],
  },
  {
    name: 'bootable',
    note: 'metadata in hash order',
    tree: 'boot',
    time: 1700000450,
    args: ['-b', 'os', '--bootable', '--add-metadata-string=version=1.0'],
  },
  {
    name: 'detached',
    note: 'with detached metadata',
    time: 1700000460,
    args: ['-b', 'detached', '--add-detached-metadata-string=foo=bar', '--add-detached-metadata-string=a.b=c'],
  },
  { name: 'collection', note: 'with a collection binding', repo: 'collection', time: 1700000470, args: ['-b', 'app'] },
];

/**
 * Makes the commits, and a tombstone of one of them at the end.
 *
 * @param {import('./oracle.mjs').Oracle} oracle
 * @param {string} scratch
 */
export function makeCommits(oracle, scratch) {
  mkdirSync(join(scratch, 'sub'));
  writeFileSync(join(scratch, 'sub/file'), 'x');
  writeFileSync(join(scratch, 'sub/run'), '#!/bin/sh\n', { mode: 0o755 });
  mkdirSync(join(scratch, 'boot/usr/lib/modules/5.10.0'), { recursive: true });
  writeFileSync(join(scratch, 'boot/usr/lib/modules/5.10.0/vmlinuz'), 'kernel');
  const repos = { plain: join(scratch, 'plain'), collection: join(scratch, 'collection') };
  oracle.init(repos.plain, '--mode=archive');
  oracle.init(repos.collection, '--mode=archive', '--collection-id=org.example.Own');

  /** @type {Record<string, string>} */
  const made = {};
  const commits = COMMITS.map(({ name, note, repo = 'plain', parent, tree = 'sub', time, args }) => {
    const path = repos[/** @type {'plain' | 'collection'} */ (repo)];
    const parentArgs = parent === undefined ? [] : [`--parent=${made[parent]}`];
    const all = [...args, ...parentArgs, `--timestamp=@${time}`];
    const checksum = oracle.commit(path, [...all, '--owner-uid=0', '--owner-gid=0', join(scratch, tree)]);
    made[name] = checksum;
    const object = readObject(path, checksum, 'commit');
    const detached = name === 'detached' ? readObject(path, checksum, 'commitmeta').toString('base64') : undefined;
    const [contents, meta] = oracle.checksums(path, checksum, '/');
    const text = oracle.run([`--repo=${path}`, 'show', checksum]);
    return {
      name,
      note,
      args: all,
      checksum,
      contents,
      meta,
      parent: parent === undefined ? null : made[parent],
      time: String(time),
      contentChecksum: /^ContentChecksum: +([0-9a-f]{64})$/m.exec(text)?.[1],
      object: object.toString('base64'),
      ...(detached === undefined ? {} : { detached }),
    };
  });

  const buried = made['bare'] ?? '';
  return { repos, made, commits, bury: () => bury(oracle, repos.plain, buried) };
}

/**
 * Deletes a commit with a tombstone left in its place.
 *
 * @param {import('./oracle.mjs').Oracle} oracle
 * @param {string} repo
 * @param {string} commit
 */
function bury(oracle, repo, commit) {
  oracle.run([`--repo=${repo}`, 'prune', `--delete-commit=${commit}`]);
  return { commit, object: readObject(repo, commit, 'tombstone-commit').toString('base64') };
}
