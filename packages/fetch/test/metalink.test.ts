import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fetchRemoteSummary, pull } from '@ost/fetch';
import type { Repo } from '@ost/repo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSound, type Fixture, makeFixture } from './support/fixture.js';

let fixture: Fixture;
let repo: Repo;
beforeEach(async () => {
  fixture = await makeFixture();
  repo = await fixture.client('archive', [
    ['gpg-verify', 'false'],
    ['metalink', `${fixture.server.url}/meta.xml?repo=os&arch=any`],
  ]);
});
afterEach(() => fixture.close());

const summaryOf = (): Buffer => fs.readFileSync(path.join(fixture.source.path, 'summary'));
const digest = (algorithm: string): string => createHash(algorithm).update(summaryOf()).digest('hex');
const url = (name: string, protocol = 'http'): string =>
  `<url protocol="${protocol}" type="http" location="DE" preference="1">${fixture.server.url}/${name}</url>`;

interface Parts {
  readonly size?: string;
  readonly hashes?: string;
  readonly urls?: string;
}

const file = ({
  size = `<size>${summaryOf().length}</size>`,
  hashes = `<hash type="md5">x</hash><hash type="sha256">${digest('sha256')}</hash>`,
  urls = url('summary'),
}: Parts = {}): string =>
  `<file name="summary">${size}<verification>${hashes}</verification><resources>${urls}</resources></file>`;

const serve = (document: string): void => {
  fixture.server.behaviours.set('/meta.xml', (_, response) => void response.end(document));
};
const link = (files: string): string =>
  `<?xml version="1.0"?><!-- made by hand --><m:metalink xmlns:m="urn:x"><m:files>${files}</m:files></m:metalink>`;
const go = () => pull(repo, 'origin', { refs: ['main'] });

describe('a metalink', () => {
  it('leads to the summary that it describes, and to the repository around it', async () => {
    serve(link(`<file name="other"/>${file({ urls: url('missing') + url('config') + url('summary') })}`));
    await go();
    expect(repo.resolve('origin:main')).toBe(fixture.second);
    expect(fixture.server.requests).toContain('/meta.xml?repo=os&arch=any');
    expect(fixture.server.count('/summary')).toBe(2);
    await assertSound(repo);
    expect((await fetchRemoteSummary(repo, 'origin'))?.list()).toHaveLength(1);
  });

  it('is verified like any summary when signatures are required', async () => {
    serve(link(file()));
    const strict = await fixture.client('archive', [
      ['gpg-verify-summary', 'true'],
      ['metalink', `${fixture.server.url}/meta.xml`],
    ]);
    await expect(pull(strict, 'origin', { refs: ['main'] })).rejects.toThrow('no summary.sig found');
  });

  it.each<[string, () => string, string]>([
    ['that is no XML', () => 'bacon', 'Document must begin with an element'],
    ['that is empty', () => ' ', 'Document was empty'],
    ['that is cut off', () => link(file()).slice(0, -13), 'unclosed tag: m:metalink'],
    ['with tags that cross', () => '<metalink><files></metalink></files>', 'unexpected close tag'],
    ['with a document type', () => '<!DOCTYPE x [<!ENTITY e "y">]><x/>', 'Document types are not supported'],
    ['with an unknown entity', () => '<x>&boom;</x>', 'undefined entity'],
    ['that is endless', () => '<x/>'.padEnd((1 << 20) + 1), 'exceeded maximum size of 1048576 bytes'],
    ['that is nested without end', () => '<x>'.repeat(1000), 'nested deeper'],
    ['with two roots', () => '<x/><y/>', 'documents may contain only one root'],
    ['without files', () => link(''), 'No <file> element found'],
    ['without the summary', () => link('<file name="x"></file>'), "No <file name='summary'> found"],
    ['without a size', () => link(file({ size: '' })), 'No <size> element found or it is zero'],
    ['with an endless size', () => link(file({ size: '<size>999999999999</size>' })), 'exceeds 134217728'],
    [
      'without a known hash',
      () => link(file({ hashes: '<hash type="md5">x</hash>' })),
      'with known <hash type=> found',
    ],
    ['with a bad hash', () => link(file({ hashes: '<hash type="sha512">x</hash>' })), 'Invalid hash digest for sha512'],
    ['without a URL', () => link(file({ urls: url('summary', 'ftp') })), "No <url method='http'> elements found"],
    ['whose size is wrong', () => link(file({ size: '<size>3</size>' })), 'Expected size is 3 bytes but content is'],
    [
      'whose hash is wrong',
      () => link(file({ hashes: `<hash type="sha256">${'0'.repeat(64)}</hash>` })),
      'Exhausted 1 metalink targets, last error: Expected checksum is 0000',
    ],
  ])('%s is refused', async (_, document, message) => {
    serve(document());
    await expect(go()).rejects.toThrow(message);
    expect(repo.resolveIfPresent('origin:main')).toBeNull();
  });
});
