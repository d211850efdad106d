import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listInodes, mountsBelow } from '@ost/linux';

it('lists names of any bytes with their inodes, in directories of any size', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ost-linux-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (let i = 0; i < 3000; i++) writeFileSync(join(dir, `a-rather-long-name-${i}`), '');
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0x0a])]), '');
  mkdirSync(join(dir, 'sub'));
  const entries = new Map(listInodes(dir).map(({ name, ino }) => [name, ino]));
  expect(entries.size).toBe(3002);
  expect(entries.has('\u00ff\n')).toBe(true);
  expect(entries.get('sub')).toBe(statSync(join(dir, 'sub'), { bigint: true }).ino);
  expect(listInodes(Buffer.from(join(dir, 'sub')))).toEqual([]);
  expect(() => listInodes(join(dir, 'none'))).toThrow(/ENOENT/);
  expect(mountsBelow(dir)).toEqual([]);
  expect(mountsBelow('/')).toContain('/');
});
