import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bad, good, Place } from './support/ost.js';

const place = new Place();
let repo: string;

beforeAll(async () => {
  repo = await place.repo();
});
afterAll(() => place.remove());

async function timestamp(text: string): Promise<number> {
  const commit = await good(['commit', `--repo=${repo}`, '--orphan', `--timestamp=${text}`, place.at('tree')]);
  const shown = await good(['show', '--json', commit.trim(), `--repo=${repo}`]);
  return (JSON.parse(shown) as { timestamp: number }).timestamp;
}

describe('times that say when they are', () => {
  test.each([
    ['@0', 0],
    ['@1234567890', 1_234_567_890],
    ['@1234567890.75', 1_234_567_890],
    ['2005-10-29 12:43:29 +0000', 1_130_589_809],
    ['2020-01-02 03:04:05Z', 1_577_934_245],
    ['2020-01-02T03:04:05+01:00', 1_577_930_645],
    ['2020-01-02T03:04:05.5-0130', 1_577_939_645],
    ['2020-01-02 03:04 UTC', 1_577_934_240],
    ['2020-01-02Z', 1_577_923_200],
    ['Thu, 02 Jan 2020 03:04:05 +0000', 1_577_934_245],
    ['2 January 2020 03:04:05 GMT', 1_577_934_245],
    ['Thu Jan  2 03:04:05 UTC 2020', 1_577_934_245],
    ['2020-02-29 00:00:00Z', 1_582_934_400],
  ])('%s', async (text, expected) => {
    expect(await timestamp(text)).toBe(expected);
    expect(Number(execFileSync('date', ['-d', text, '+%s'], { encoding: 'utf8' }))).toBe(expected);
  });
});

test.each([
  'now',
  'yesterday',
  '2 days ago',
  '3 weeks ago',
  '1 hour',
  '-5 minutes',
  '10 sec',
  'last year',
  'next week',
  'next monday',
])('relative: %s', async (text) => {
  const expected = Number(execFileSync('date', ['-d', text, '+%s'], { encoding: 'utf8' }));
  expect(Math.abs((await timestamp(text)) - expected)).toBeLessThan(5);
});

test.each(['2020-01-02 03:04:05', '2020-01-02', '02 Jan 2020'])('local: %s', async (text) => {
  const expected = Number(execFileSync('date', ['-d', text, '+%s'], { encoding: 'utf8' }));
  expect(await timestamp(text)).toBe(expected);
});

test.each(['', 'frob', '2020-13-01', '2021-02-29Z', '2020-01-02 25:00', '@x', '5 frobs ago', '--help'])(
  'no time: %j',
  async (text) => {
    expect(await bad(['commit', `--repo=${repo}`, '--orphan', `--timestamp=${text}`, place.at('tree')])).toBe(
      `Could not parse '${text}'`,
    );
  },
);
