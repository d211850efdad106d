import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeKey, describeSignature, listKeys, readKeyring, verifyDetached } from '@ost/gpg';
import { encodeDetachedMetadata } from '@ost/objects';
import { afterAll, describe, expect, test } from 'vitest';
import { GnuPg } from './gnupg.js';
import { makeCases } from './material.js';

process.env.TZ = 'UTC';
const program = process.env.OST_REFERENCE ?? 'ostree';
const isHere = spawnSync(program, ['--version']).status === 0;
if (!isHere) console.log(`skipped: ${program} is not installed`);

describe.skipIf(!isHere)('the reference says the same', () => {
  const root = mkdtempSync(join(tmpdir(), 'ost-gpg-'));
  const gpg = new GnuPg();
  const repo = join(root, 'repo');
  const env = { ...process.env, LC_ALL: 'C.UTF-8', OSTREE_GPG_HOME: join(root, 'none') };
  const ostree = (...args: string[]) => execFileSync(program, [...args, `--repo=${repo}`], { env }).toString();
  afterAll(() => {
    gpg.remove();
    rmSync(root, { recursive: true });
  });
  if (!isHere) return;
  mkdirSync(join(root, 'tree'));
  ostree('init', '--mode=archive');
  const checksum = ostree('commit', '-b', 'main', `--tree=dir=${join(root, 'tree')}`).trim();
  const object = join(repo, 'objects', checksum.slice(0, 2), `${checksum.slice(2)}.commit`);
  const data = readFileSync(object);
  const cases = makeCases(gpg, data);

  test.each(cases.filter((each) => !each.stopsAtBad))('show: $name', async ({ signatures, keyring }) => {
    const metadata = encodeDetachedMetadata([['ostree.gpgsigs', { type: 'aay', value: signatures }]]);
    writeFileSync(`${object}meta`, metadata);
    writeFileSync(join(repo, 'keys.gpg'), keyring);
    const said = ostree('show', checksum);
    const results = await verifyDetached(data, signatures, keyring);
    const ours = results.map((result) => `\n${describeSignature(result).replace(/^/gm, '  ').trimEnd()}\n`).join('');
    const count = `Found ${results.length} signature${results.length === 1 ? '' : 's'}:\n`;
    expect(`${count}${ours}`.trimEnd()).toBe(said.slice(said.indexOf('Found')).trimEnd());
  });

  test('remote gpg-list-keys', async () => {
    writeFileSync(join(root, 'all.gpg'), gpg.export());
    ostree('remote', 'add', 'R', 'http://localhost/');
    const imported = ostree('remote', 'gpg-import', 'R', '-k', join(root, 'all.gpg'));
    const keyring = await readKeyring(readFileSync(join(repo, 'R.trustedkeys.gpg')));
    expect(imported).toBe(`Imported ${keyring.entries.length} GPG keys to remote "R"\n`);
    const ours = (await listKeys(keyring)).map(describeKey).join('');
    expect(ours).toBe(ostree('remote', 'gpg-list-keys', 'R'));
  });
});
