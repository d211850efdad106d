import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '@ost/repo';
import { ALL_MODES, commitDir, freshRepo } from '../support/repos.js';
import { failure, isRoot, scratch, write } from '../support/scratch.js';
import { runKilled } from '../support/simulated-kill.js';

const plain = isRoot ? {} : { userMode: true };

describe.each(ALL_MODES)('a checkout from a repository of mode %s', (mode) => {
  it.each([{ forceCopy: true }, { overwrite: 'add', forceCopy: true }, {}] as const)(
    'shows whole files only, wherever it is killed: %j',
    async (options) => {
      const repo = await freshRepo(mode);
      const files = { one: 'first file\n', 'sub/two': 'second file\n', empty: '' };
      const { checksum } = await commitDir(repo, write(join(scratch(), 'tree'), files));
      for (let at = 1; ; at++) {
        const out = join(scratch(), 'out');
        const steps = await runKilled(at, () => checkout(repo, checksum, out, { ...plain, ...options }));
        const found = fs.existsSync(out) ? fs.readdirSync(out, { recursive: true, withFileTypes: true }) : [];
        for (const entry of found.filter((e) => e.isFile())) {
          const name = join(entry.parentPath, entry.name).slice(out.length + 1);
          expect(fs.readFileSync(join(out, name), 'utf8')).toBe(files[name as keyof typeof files]);
          expect(fs.statSync(join(out, name)).mode & 0o7777).toBe(0o644);
        }
        if (steps === null) continue;
        expect(found.filter((e) => e.isFile())).toHaveLength(3);
        break;
      }
    },
  );

  it.each(['.wh...', '.wh..', '.wh.'])('never takes %s for the directory itself or the one above', async (name) => {
    const repo = await freshRepo(mode);
    const { checksum } = await commitDir(repo, write(join(scratch(), 'tree'), { [`sub/${name}`]: '' }));
    const above = write(join(scratch(), 'above'), { keep: 'keep', 'out/sub/keep': 'keep' });
    const options = { ...plain, overwrite: 'union', processWhiteouts: true } as const;
    const error = await failure(checkout(repo, checksum, join(above, 'out'), options));
    expect(error).toMatchObject({ code: 'invalid-name' });
    expect(fs.readdirSync(above).sort()).toEqual(['keep', 'out']);
    expect(fs.readdirSync(join(above, 'out/sub'))).toEqual(['keep']);
  });

  it.each(['.ostree-wh...', '.ostree-wh..', '.ostree-wh.'])('makes no device of %s', async (name) => {
    const repo = await freshRepo(mode);
    const { checksum } = await commitDir(repo, write(join(scratch(), 'tree'), { [`sub/${name}`]: '' }));
    const options = { ...plain, overwrite: 'union', processPassthroughWhiteouts: true } as const;
    const error = await failure(checkout(repo, checksum, join(scratch(), 'out'), options));
    expect(error).toMatchObject({ code: 'invalid-name' });
  });

  it('removes what a whiteout names, but nothing that a symlink there leads to', async () => {
    const repo = await freshRepo(mode);
    const layer = write(join(scratch(), 'layer'), { '.wh.link': '', 'dir/.wh..wh..opq': '', 'dir/new': 'new' });
    const { checksum } = await commitDir(repo, layer);
    const outside = write(join(scratch(), 'outside'), { precious: 'precious' });
    const out = write(join(scratch(), 'out'), { link: `-> ${outside}`, dir: `-> ${outside}` });
    await checkout(repo, checksum, out, { ...plain, overwrite: 'union', processWhiteouts: true });
    expect(fs.readdirSync(outside)).toEqual(['precious']);
    expect(fs.readdirSync(out)).toEqual(['dir']);
    expect(fs.readdirSync(join(out, 'dir'))).toEqual(['new']);
  });
});
