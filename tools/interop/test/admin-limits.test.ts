import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ost, programs, reference } from '../src/programs.js';
import { complaints } from '../src/repos.js';
import { environment, execute, run, sh } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';
import { system, twoDeployments } from '../src/system.js';

const dir = scratch('admin-limits', 'memory');
const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };
const base = join(dir, 'base');

function copy(): string {
  const root = join(dir, fresh('root'));
  sh(['cp', '-a', base, root]);
  return root;
}

describe.skipIf(!isRoot)('the limits of a system root', () => {
  beforeAll(() => twoDeployments(base, join(dir, 'origin')));

  it('two programs at once wait for each other, and lose nothing', async () => {
    const root = copy();
    const jobs = [0, 1, 2, 3, 4, 5].map((i) => {
      const [file = '', ...args] = programs[i % 2]?.command ?? [];
      const words = ['admin', 'deploy', `--sysroot=${root}`, '--os=test', '--retain', 'origin:test/stable'];
      const child = spawn(file, [...args, ...words], { env: environment(env), stdio: ['ignore', 'ignore', 'inherit'] });
      return once(child, 'exit').then(([code]) => code as number);
    });
    expect(await Promise.all(jobs)).toEqual([0, 0, 0, 0, 0, 0]);
    const status = programs.map((program) => run(program, ['admin', 'status', `--sysroot=${root}`], { env }));
    expect(status[0]).toBe(status[1]);
    expect(status[0]?.match(/^ {2}test /gm)).toHaveLength(8);
    expect(system(root).deploy.filter((line) => /^test\/deploy\/[0-9a-f]{64}\.\d+ /.test(line))).toHaveLength(8);
    expect(complaints(join(root, 'ostree/repo'))).toEqual([]);
  });

  const deploy = `${ost.command.join(' ')} admin deploy --sysroot=ROOT --os=test origin:test/stable`;
  it.each([
    ['disk', 'mount -t tmpfs -o size=8m none ROOT && cp -a BASE/. ROOT/', 'ROOT/filler'],
    ['disk without inodes', 'mount -t tmpfs -o nr_inodes=900 none ROOT && cp -a BASE/. ROOT/', 'ROOT/inodes/'],
    [
      '/boot',
      'cp -a BASE/. ROOT/ && mount -t tmpfs -o size=256k none ROOT/boot && cp -a BASE/boot/. ROOT/boot/',
      'ROOT/boot/filler',
    ],
  ])('a full %s is a clear error, and room makes it good again', (_, prepare, filler) => {
    const root = join(dir, fresh('full'));
    mkdirSync(root);
    const list = `${reference.command.join(' ')} admin status --sysroot=ROOT; cat ROOT/boot/loader/entries/*`;
    const fill = filler.endsWith('/')
      ? `mkdir ${filler}; (cd ${filler}; seq 900 | xargs touch)`
      : `head -c 100m /dev/zero >${filler}`;
    const script = `
      ${prepare} || exit 77
      before=$(${list})
      { ${fill}; } 2>/dev/null
      ${deploy} && echo 'it worked'
      [ "$before" = "$(${list})" ] && echo same
      rm -r ${filler}
      ${deploy} && ${reference.command.join(' ')} admin cleanup --sysroot=ROOT && ${list}`;
    const filled = script.replaceAll('ROOT', root).replaceAll('BASE', base);
    const { code, stdout, stderr } = execute(['unshare', '-m', 'sh', '-c', filled], { env });
    if (code === 77 || stderr.includes('unshare')) {
      console.log(`skipped: no mounts here: ${stderr}`);
      return;
    }
    expect(stdout).not.toContain('it worked');
    expect(stderr).toMatch(/^error: .*No space left on device$/m);
    expect(stdout).toContain('same\n');
    expect(stdout).toContain('title Test 3');
  });
});
