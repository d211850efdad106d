import { type CommandSpec, commandTable } from '@ost/cli';
import { ed25519 } from '@ost/sign';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, Place } from './support/ost.js';
import { document, faults, type Schema } from './support/schema.js';

const place = new Place();
let repo: string;
const names: Record<string, string> = {};

beforeAll(async () => {
  repo = await place.repo();
  await place.commit(repo, 'main', ['--add-metadata-string=version=1', '--add-detached-metadata-string=key=value']);
  for (const line of (await good(['ls', '-R', '-C', `--repo=${repo}`, 'main'])).trim().split('\n')) {
    const [sum = '', meta = ''] = line.split(/\s+/).slice(4);
    if (line.endsWith('/')) Object.assign(names, { TREE: sum, META: meta });
    if (line.endsWith('/hello.txt')) names['FILE'] = sum;
    if (line.includes('->')) names['LINK'] = sum;
  }
  for (const args of [
    ['refs', '--create=other', 'main^'],
    ['refs', '-A', '--create=alias', 'main'],
    ['remote', 'add', 'origin', 'http://example.com/'],
    ['remote', 'add', '--collection-id=org.example.C', 'gone', 'http://127.0.0.1:1/'],
    ['commit', '-b', 'sized', '--generate-sizes', '--no-bindings', '--tree=ref=main'],
    ['config', 'set', 'core.collection-id', 'org.example.C'],
    ['summary', '-u', '--add-metadata=n=[1,2]'],
    ['remote', 'add', '--no-gpg-verify', '--collection-id=org.example.C', 'self', `file://${repo}`],
    ['remote', 'add-cookie', 'origin', 'example.com', '/', 'name', 'value'],
  ]) {
    await good([`--repo=${repo}`, ...args]);
  }
  names['TREE_FILE'] = place.at('tree/hello.txt');
  const [tip, parent] = (await good(['rev-parse', `--repo=${repo}`, 'main', 'main^'])).trim().split('\n');
  names['DELTA'] = `${parent}-${tip}`;
  const { publicFile, secretFile } = ed25519.generate();
  Object.assign(names, { PUBLIC: publicFile.trim(), SIGNED: `${place.at('signed')}/delta` });
  await good(['sign', `--repo=${repo}`, 'main', secretFile.trim()]);
  place.write('signed/other', '');
  const signed = [`--filename=${names['SIGNED']}`, `--sign=${secretFile.trim()}`];
  await good(['static-delta', 'generate', `--repo=${repo}`, '--empty', '--inline', 'main', ...signed]);
});
afterAll(() => place.remove());

/** Commands and what of them is tried here. */
const LINES: readonly (readonly [command: string, line: string])[] = [
  ['refs', 'refs'],
  ['refs', 'refs -A'],
  ['remote list', 'remote list'],
  ['remote show-url', 'remote show-url origin'],
  ['remote list-cookies', 'remote list-cookies origin'],
  ['remote refs', 'remote refs self'],
  ['remote summary', 'remote summary self'],
  ['remote summary', 'remote summary --list-metadata-keys self'],
  ['remote summary', 'remote summary --print-metadata-key=n self'],
  ['find-remotes', 'find-remotes --finders=config org.example.C main org.example.C none'],
  ['rev-parse', 'rev-parse main other'],
  ['log', 'log main'],
  ['show', 'show main'],
  ['show', 'show --list-metadata-keys main'],
  ['show', 'show --print-metadata-key=ostree.ref-binding main'],
  ['show', 'show --list-detached-metadata-keys main'],
  ['show', 'show --print-detached-metadata-key=key main'],
  ['show', 'show --print-related main'],
  ['show', 'show --print-sizes sized'],
  ['show', 'show --print-variant-type=ay TREE_FILE'],
  ['show', 'show main^'],
  ['show', 'show TREE'],
  ['show', 'show META'],
  ['show', 'show FILE'],
  ['show', 'show LINK'],
  ['ls', 'ls -R main'],
  ['checksum', 'checksum TREE_FILE'],
  ['diff', 'diff main'],
  ['diff', 'diff --stats main'],
  ['diff', 'diff --stats --fs-diff main^ main'],
  ['du', 'du'],
  ['du', 'du main / /sub'],
  ['prune', 'prune --no-prune'],
  ['prune', 'prune --dry-run'],
  ['config get', 'config get core.mode'],
  ['summary', 'summary'],
  ['summary', 'summary --list-metadata-keys'],
  ['summary', 'summary --print-metadata-key=ostree.summary.last-modified'],
  ['fsck', 'fsck'],
  ['static-delta list', 'static-delta list'],
  ['static-delta indexes', 'static-delta indexes'],
  ['static-delta plan', 'static-delta plan main other'],
  ['static-delta generate', 'static-delta generate main'],
  ['static-delta generate', 'static-delta generate --if-not-exists main'],
  ['static-delta generate', 'static-delta generate --all-recent=1'],
  ['static-delta generate', 'static-delta generate --empty main'],
  ['static-delta show', 'static-delta show DELTA'],
  ['static-delta plan', 'static-delta plan main'],
  ['sign', 'sign --verify main PUBLIC'],
  ['static-delta verify', 'static-delta verify SIGNED PUBLIC'],
];

/** These are tried where there is a key, a server or a sysroot. */
const ELSEWHERE = ['remote gpg-list-keys', 'admin status', 'admin diff', 'admin config-diff'];

/** Names of the commands that have `--json`. */
function* printingJson(spec: CommandSpec, name = ''): Generator<string> {
  if (spec.options().some((option) => option.name === 'json')) yield name;
  for (const command of spec.commands ?? []) yield* printingJson(command, `${name} ${command.name}`.trim());
}

test('each command that prints JSON has a schema, and is tried', () => {
  const names = [...printingJson(commandTable)].map((name) => (name === 'config' ? 'config get' : name)).sort();
  expect(Object.keys(document.commands).sort()).toEqual(names);
  expect([...new Set([...LINES.map(([command]) => command), ...ELSEWHERE])].sort()).toEqual(names);
});

describe('the schema of', () => {
  test.each(LINES)('%s: %s', async (command, line) => {
    const words = line.split(' ').map((word) => names[word] ?? word);
    const value: unknown = JSON.parse(
      await good([...words, ...(command === 'checksum' ? [] : [`--repo=${repo}`]), '--json']),
    );
    expect(faults(document.commands[command] as Schema, value)).toEqual([]);
  });

  test('notices what is not documented', () => {
    expect(faults(document.commands['log'] as Schema, { commits: [], truncated: 1, more: 2 })).toEqual([
      '$.truncated: integer and not boolean',
      '$.more: not documented',
    ]);
  });
});

describe('du', () => {
  test('prints columns, the largest first when asked', async () => {
    const lines = (await good(['du', '-b', '--sort', `--repo=${repo}`, 'main'])).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ *SIZE +OWN +OBJECTS {2}NAME$/);
    expect(lines.at(-1)).toMatch(/^ *\d+ +\d+ {2}total$/);
    const sizes = lines.slice(1, -1).map((line) => Number.parseInt(line, 10));
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(lines.slice(1, -1).map((line) => line.split('  ').at(-1))).toContain('/sub');
    expect(await bad(['du', `--repo=${repo}`, 'main', '/none'])).toBe('No such file or directory: /none');
  });
});

test('options that select a value or its keys hold for JSON, too', async () => {
  const json = async (...words: string[]): Promise<unknown> =>
    JSON.parse(await good([...words, `--repo=${repo}`, '--json']));
  const binding = 'ostree.ref-binding';
  const value = await json('show', `--print-metadata-key=${binding}`, 'main');
  expect(value).toEqual({ key: binding, type: 'as', value: ['main'] });
  expect(await json('show', '--list-metadata-keys', 'main')).toEqual([binding, 'version']);
  const sizes = await json('show', '--print-sizes', 'sized');
  expect(sizes).toMatchObject({ objects: { needed: 0 }, archived: { needed: 0 } });
  const modified = (await json('summary', '--print-metadata-key=ostree.summary.last-modified')) as { value: number };
  expect(Math.abs(modified.value - Date.now() / 1000)).toBeLessThan(3600);
});

test('find-remotes --json tells who has what, what nobody has, and who could not be asked', async () => {
  const line = ['find-remotes', '--finders=config', '--json', 'org.example.C', 'main', 'org.example.C', 'none'];
  const { found, missing, failures } = JSON.parse(await good([`--repo=${repo}`, ...line])) as Record<string, unknown>;
  const main = { collection: 'org.example.C', name: 'main' };
  const none = { collection: 'org.example.C', name: 'none' };
  expect(found).toMatchObject([
    {
      finder: 'OstreeRepoFinderConfig',
      url: `file://${repo}`,
      remote: 'self',
      refs: [
        { ...main, checksum: names['DELTA']?.split('-').at(-1) },
        { ...none, checksum: null },
      ],
    },
  ]);
  expect(missing).toEqual([none]);
  expect(failures).toMatchObject([
    { url: 'http://127.0.0.1:1/', message: expect.stringContaining("Couldn't connect") as string },
  ]);
  expect(await bad([`--repo=${repo}`, ...line, '--pull'])).toBe('Cannot specify both --json and --pull');
});

test('prune --dry-run tells what each ref alone keeps, and deletes nothing', async () => {
  const before = await good(['fsck', '--json', `--repo=${repo}`]);
  expect(await good(['prune', '--dry-run', `--repo=${repo}`])).toMatch(/^Only for main: 1 objects, \d+ bytes$/m);
  expect(await bad(['prune', '-n', `--delete-commit=${'f'.repeat(64)}`, `--repo=${repo}`])).toBe(
    'Cannot specify both --delete-commit and --dry-run',
  );
  expect(await good(['fsck', '--json', `--repo=${repo}`])).toBe(before);
});
