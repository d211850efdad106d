import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addRemote, commitTree, initRepo, openRepo, updateSummary } from '@ost/repo';
import { afterAll, describe, expect, test } from 'vitest';
import { Place } from './support/ost.js';

const place = new Place();
const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const example = at(`./.updater-${process.pid}.mjs`);
afterAll(() => {
  fs.rmSync(example, { force: true });
  place.remove();
});

/** The code blocks of one language in a page. */
function blocks(page: string, language: string): string[] {
  const text = fs.readFileSync(at(`../../../docs/${page}`), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1] as string);
}

/** Runs the commands of a page, one after the other, in a directory of their own. */
function runPage(page: string, contains: string, runs = (_block: string): boolean => true): void {
  const program = place.at('bin/ost');
  const entry = pathToFileURL(at('../dist/index.js')).href;
  place.write('bin/ost.mjs', `import { run } from '${entry}';\nprocess.exitCode = await run(process.argv.slice(2));\n`);
  place.write('bin/ost', `#!/bin/sh\nexec '${process.execPath}' '${place.at('bin/ost.mjs')}' "$@"\n`, 0o755);
  const script = blocks(page, 'sh').filter(runs).join('\n');
  expect(script).toContain(contains);
  fs.mkdirSync(place.at(page));
  const { status, stderr } = spawnSync('sh', ['-euc', script], {
    cwd: place.at(page),
    env: { PATH: `${path.dirname(program)}:${process.env['PATH']}` },
    encoding: 'utf8',
    timeout: 90_000,
  });
  expect(stderr.replaceAll(/^(?:modified|new reachable|uncompressed|rollsum|bsdiff|part \d+).*\n/gm, '')).toBe('');
  expect(status).toBe(0);
}

const tools = ['gpg', 'openssl'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
if (tools.length > 0) console.log(`skipped: the pages on keys and build systems need ${tools.join(' and ')}`);

describe('the examples', () => {
  test('of the page on servers run', () => runPage('repository-server.md', 'ost mirror'), 60_000);

  test.skipIf(tools.includes('openssl'))(
    'of the page on build systems run',
    // What guards the tree needs FUSE, which not every machine has.
    () => runPage('build-systems.md', '--link-checkout-speedup', (block) => !block.includes('rofiles')),
    60_000,
  );

  test.skipIf(tools.length > 0)(
    'of the page on keys run',
    () => runPage('keys-and-trust.md', 'ost sign --generate'),
    90_000,
  );

  test('of an updater updates', async () => {
    fs.writeFileSync(example, blocks('writing-an-updater.md', 'js')[0] as string);
    const { update } = (await import(/* @vite-ignore */ example)) as {
      update: (path: string, ref: string, current: string, hooks: object) => Promise<boolean>;
    };
    const source = await initRepo(place.at('source'), { mode: 'archive' });
    const publish = async (text: string): Promise<void> => {
      place.write('files/greeting', text);
      await commitTree(source, [{ type: 'dir', path: place.at('files') }], { branch: 'app', subject: text });
      await updateSummary(source);
    };
    await publish('one');
    const repo = await initRepo(place.at('own'), { mode: 'bare-user-only' });
    addRemote(repo, 'origin', {
      keys: [
        ['url', pathToFileURL(source.path).href],
        ['gpg-verify', 'false'],
      ],
    });
    const asked: string[] = [];
    let answer = true;
    const hooks = {
      show: () => undefined,
      ask: ({ subject }: { subject: string }) => {
        asked.push(subject);
        return answer;
      },
    };
    const current = place.at('current');
    const go = () => update(repo.path, 'app', current, hooks);
    expect(await go()).toBe(true);
    expect(await go()).toBe(false);
    await publish('two');
    answer = false;
    expect(await go()).toBe(false);
    expect(fs.readFileSync(`${current}/greeting`, 'utf8')).toBe('one');
    answer = true;
    expect(await go()).toBe(true);
    expect(fs.readFileSync(`${current}/greeting`, 'utf8')).toBe('two');
    expect(asked).toEqual(['one', 'two', 'two']);
    expect((await openRepo(repo.path)).resolve('origin:app')).toBe(source.resolve('app'));
  });
});
