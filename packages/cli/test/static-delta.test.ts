import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, ost, Place } from './support/ost.js';

const place = new Place();
let repo: string;
let tip = '';
let parent = '';

beforeAll(async () => {
  repo = await place.repo();
  await place.commit(repo, 'main');
  [tip = '', parent = ''] = (await good(['rev-parse', `--repo=${repo}`, 'main', 'main^'])).trim().split('\n');
});
afterAll(() => place.remove());

const delta = (...args: string[]): string[] => ['static-delta', ...args, `--repo=${repo}`];

describe('static-delta generate', () => {
  test('says what it does', async () => {
    const { code, stdout, stderr } = await ost(delta('generate', 'main'));
    expect(code).toBe(0);
    expect(stdout).toBe(`Generating static delta:\n  From: ${parent}\n  To:   ${tip}\n`);
    expect(stderr).toMatch(/^modified: \d+\nnew reachable: metadata=\d+ content regular=\d+ symlink=\d+\n/);
    expect(stderr).toMatch(
      /\nuncompressed=\d+ compressed=\d+ loose=\d+\nrollsum=\d+ objects, \d+ bytes\nbsdiff=\d+ objects\n$/,
    );
    expect(await good(delta('list'))).toBe(`${parent}-${tip}\n`);
    expect(await good(delta('generate', '-n', '--from=main^', '--to=main'))).toBe(
      `Delta ${parent}-${tip} already exists.\n`,
    );
    await good(delta('delete', `${parent}-${tip}`));
    expect(await good(delta('list'))).toBe('(No static deltas)\n');
  });

  test('writes elsewhere', async () => {
    const file = place.at('out', 'some.delta');
    fs.mkdirSync(path.dirname(file));
    await good(delta('generate', '--empty', '--to=main', `--filename=${file}`, '--min-fallback-size=0'));
    expect(fs.readdirSync(path.dirname(file)).sort()).toEqual(['0', 'some.delta']);
    expect(await good(delta('show', file))).toContain('From <scratch>\n');
    expect(await good(delta('list'))).toBe('(No static deltas)\n');
    const other = place.at('other');
    await good(['init', `--repo=${other}`, '--mode=archive']);
    await good(['static-delta', 'apply-offline', `--repo=${other}`, file]);
    expect(await good(['fsck', `--repo=${other}`])).not.toContain('missing');
  });

  test('refuses what makes no sense', async () => {
    expect(await bad(delta('generate'))).toBe('TO revision must be specified');
    expect(await bad(delta('generate', 'main^'))).toBe(`Commit ${parent} has no parent`);
    expect(await bad(delta('generate', 'main', '--empty', '--from=main'))).toBe(
      'Cannot specify both --empty and --from=REV',
    );
    expect(await bad(delta('generate', 'main', '--set-endianness=x'))).toBe("Invalid endianness 'x'");
    expect(await bad(delta('generate', 'main', '--max-chunk-size=big'))).toBe("Invalid size 'big' of --max-chunk-size");
    expect(await bad(delta('generate', 'main', '--sign=KEY', '--sign-type=none'))).toBe(
      'Requested signature type is not implemented',
    );
    const directory = place.at('directory');
    fs.mkdirSync(directory);
    expect(await bad(delta('generate', 'main', `--filename=${directory}`))).toBe(
      `${directory} is a directory; name the file to write`,
    );
    expect(await bad(delta('generate', '--all-recent=0'))).toBe('--all-recent must be at least 1');
    expect(await bad(delta('generate', '--all-recent=1', '--empty'))).toBe(
      'Cannot specify both --all-recent and --empty',
    );
  });

  test('makes the deltas of the last commits of each ref, once', async () => {
    await good(delta('generate', '--all-recent=5'));
    expect(await good(delta('list'))).toBe(`${parent}-${tip}\n`);
    expect(await good(delta('generate', '--all-recent=5', 'main'))).toBe(`Delta ${parent}-${tip} already exists.\n`);
    await good(delta('delete', `${parent}-${tip}`));
  });
});

describe('static-delta plan', () => {
  test('tells which deltas are there and which are worth making', async () => {
    await good(delta('generate', 'main'));
    const [first, second, ...more] = (await good(delta('plan', 'main'))).trimEnd().split('\n');
    expect(first).toMatch(new RegExp(`^main: ${parent.slice(0, 12)} -> ${tip.slice(0, 12)}: is there; takes \\d`));
    expect(second).toMatch(/^main: empty -> \w+: (?:not )?worth making; takes about /);
    expect(more).toEqual([]);
  });
});

describe('a delta of several large parts', () => {
  test('is applied by all threads, and all that they write is counted', { timeout: 60_000 }, async () => {
    const [tree, source, client] = [place.at('large-tree'), place.at('large'), place.at('large-client')];
    fs.mkdirSync(tree);
    for (let i = 0; i < 6; i++) fs.writeFileSync(path.join(tree, `${i}`), randomBytes(3_000_000));
    await good(['init', `--repo=${source}`, '--mode=archive']);
    await good(['commit', `--repo=${source}`, '-b', 'main', '--owner-uid=0', tree]);
    const sizes = ['--max-chunk-size=4', '--min-fallback-size=100'];
    await good(['static-delta', 'generate', `--repo=${source}`, '--empty', '--to=main', ...sizes]);
    await good(['summary', `--repo=${source}`, '-u']);
    await good(['init', `--repo=${client}`, '--mode=bare-user']);
    await good(['remote', 'add', `--repo=${client}`, '--no-gpg-verify', 'origin', `file://${source}`]);
    const said = await good(['pull', `--repo=${client}`, '--require-static-deltas', 'origin', 'main']);
    expect(said).toMatch(/^6 delta parts, .*; 18\.0\sMB content written$/m);
    await good(['fsck', `--repo=${client}`, '--quiet']);
  });
});

describe('a delta that makes another object than it lists', () => {
  test('publishes nothing', async () => {
    const [tree, source, client] = [place.at('wrong-tree'), place.at('wrong'), place.at('wrong-client')];
    const file = place.at('wrong.delta');
    fs.mkdirSync(tree);
    fs.writeFileSync(path.join(tree, 'file'), randomBytes(2_000_000));
    await good(['init', `--repo=${source}`, '--mode=archive']);
    await good(['commit', `--repo=${source}`, '-b', 'main', '--owner-uid=0', '--owner-gid=0', tree]);
    const how = ['--empty', '--inline', '--min-fallback-size=0', `--filename=${file}`];
    await good(['static-delta', 'generate', `--repo=${source}`, '--to=main', ...how]);
    const [checksum = ''] = /[0-9a-f]{64}/.exec(await good(['ls', `--repo=${source}`, '-C', 'main', '/file'])) ?? [];
    const bytes = fs.readFileSync(file);
    const listed = bytes.lastIndexOf(Buffer.from(`01${checksum}`, 'hex'));
    bytes.writeUInt8(bytes.readUInt8(listed + 32) ^ 1, listed + 32);
    fs.writeFileSync(file, bytes);
    await good(['init', `--repo=${client}`, '--mode=bare-user']);
    const { code, stderr } = await ost(['static-delta', 'apply-offline', `--repo=${client}`, file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: Executing delta part 0: Corrupted file object; checksum expected='\w+' actual='\w+'\n$/,
    );
    const published = fs.readdirSync(path.join(client, 'objects'), { recursive: true, encoding: 'utf8' });
    expect(published.filter((name) => name.includes('.'))).toEqual([]);
  });
});
