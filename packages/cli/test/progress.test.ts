import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { good, ost, Place } from './support/ost.js';

const place = new Place();
let repo: string;

beforeAll(async () => {
  repo = await place.repo();
  for (let i = 0; i < 600; i++) place.write(`many/${i}`, `file ${i}`);
});
afterAll(() => place.remove());

/** What is left on a terminal's screen, and every state that its last line had. */
function screen(output: string): { readonly left: string; readonly states: readonly string[] } {
  const states = [...output.matchAll(/\r\u001b\[K([^\r\n]+)/g)].map(([, state]) => state as string);
  return { left: output.replaceAll(/\r\u001b\[K([^\r\n]*(?=\r))?/g, ''), states };
}

describe('on a terminal', () => {
  test('a commit counts files and bytes, and leaves its checksum', async () => {
    const argv = ['commit', `--repo=${repo}`, '-b', 'many', place.at('many')];
    const { stdout } = await ost(argv, { isTTY: true });
    const { left, states } = screen(stdout);
    expect(states[0]).toMatch(/^\d+ files  [\d.]+.(bytes|kB)(  .*\/s)?$/);
    expect(left).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('a pull shows a state as long as it is told to', async () => {
    const stop = new AbortController();
    const server = ost(['serve', `--repo=${repo}`, `--port-file=${place.at('port')}`], { signal: stop.signal });
    const port = (): string =>
      fs.existsSync(place.at('port')) ? fs.readFileSync(place.at('port'), 'utf8').trim() : '';
    await expect.poll(port, { timeout: 30_000 }).toMatch(/\d/);
    const other = await place.repo('pulled');
    await good(['remote', 'add', `--repo=${other}`, '--no-gpg-verify', 'origin', `http://127.0.0.1:${port()}/`]);
    const argv = ['pull', `--repo=${other}`, 'origin', 'many', '--update-frequency=1000000'];
    const pulled = await ost(argv, { isTTY: true });
    const wrong = await ost([...argv, '--update-frequency=-1']);
    stop.abort();
    await server;
    // The one state, and the line that takes its place.
    const { states } = screen(pulled.stdout);
    expect(states).toHaveLength(2);
    expect(states[1]).toMatch(/^\d+ metadata, 600 content objects fetched; .* content written$/);
    expect(wrong.stderr).toBe('error: Invalid value -1 for --update-frequency\n');
  });

  test('a check has a bar, which goes', async () => {
    const { stdout } = await ost(['fsck', `--repo=${repo}`], { isTTY: true });
    const { left, states } = screen(stdout);
    expect(states[0]).toMatch(/^\[#*-*\] \d+%  \d+\/\d+ objects(  .*\/s  .* left)?$/);
    expect(left).toMatch(/fsck objects \((\d+)\/\1\) 100%\nobject fsck of \d+ commits completed/);
  });

  test('a checkout and an import leave what they leave elsewhere', async () => {
    const { stdout } = await ost(['checkout', '-U', `--repo=${repo}`, 'many', place.at('out')], { isTTY: true });
    expect(screen(stdout).left).toBe('');
    const other = await place.repo('other');
    const pulled = await ost(['pull-local', `--repo=${other}`, repo, 'many'], { isTTY: true });
    expect(screen(pulled.stdout).left).toMatch(/^\d+ metadata, 600 content objects imported; .* content written\n$/);
  });
});
