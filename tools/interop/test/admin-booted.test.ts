import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attemptOn, boot, canBoot, HOST, type Machine } from '../src/booted.js';
import { listing } from '../src/listing.js';
import { ost, type Program, programs, reference } from '../src/programs.js';
import { complaints } from '../src/repos.js';
import { run, sh } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';
import { publish, system, twoDeployments } from '../src/system.js';

const dir = scratch('booted');
const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };

/** What happens to a machine beside commands. */
const CHANGES: Readonly<Record<string, (machine: Machine, origin: string) => void>> = {
  '(edit /etc)': ({ deployment }) => {
    appendFileSync(join(deployment, 'etc/changed-by-both'), 'local\n');
    writeFileSync(join(deployment, 'etc/local'), 'local\n', { mode: 0o600 });
  },
  '(edit /etc late)': ({ deployment }) => writeFileSync(join(deployment, 'etc/late'), 'after staging\n'),
  '(unlock)': (machine) => {
    const { code, stderr } = attemptOn(machine, ost, ['admin', 'lock-finalization', '--unlock'], env);
    expect(code, stderr).toBe(0);
  },
  '(release)': (_, origin) => void publish(origin, 4, { systemctl: true }),
};
const REBOOT = '(reboot)';

/** Lives as commands of `admin` and changes, one after the other. */
const LIVES: readonly (readonly [name: string, steps: string])[] = [
  ['upgrades at once', `status; (edit /etc); config-diff; upgrade; status; (reboot); status; upgrade; cleanup; status`],
  [
    'stages upgrades',
    `upgrade --stage; status; upgrade --stage; (edit /etc); (release); upgrade --stage; status; (edit /etc late);
     finalize-staged; status; (reboot); status; cleanup; status`,
  ],
  [
    'locks what is staged',
    `deploy --stage --lock-finalization origin:test/stable; status; finalize-staged; status; (unlock); finalize-staged;
     (reboot); status; undeploy 0; undeploy 0; undeploy 9; status`,
  ],
  [
    'drops what is staged',
    `deploy --stage origin:test/stable; status; undeploy 0; cleanup; status; deploy --stage origin:test/stable; upgrade;
     status; cleanup -p; cleanup; status`,
  ],
  [
    'pins and rolls back',
    `pin 0; pin 0; pin 9; status; upgrade; pin 0; status; (reboot); status; cleanup; upgrade; pin -u 1; pin -u 1; status;
     cleanup; status`,
  ],
  ['is unlocked for good', `unlock --hotfix; status; unlock; unlock --hotfix; upgrade; status; (reboot); status`],
  [
    'is retained in every way',
    `deploy --retain origin:test/stable; deploy --retain-pending origin:test/stable; status;
     deploy --retain-rollback origin:test/stable; status; deploy --not-as-default origin:test/stable; status;
     deploy --karg-append=new=1 --karg-delete=quiet origin:test/stable; status; (reboot); status; cleanup;
     deploy --karg-proc-cmdline origin:test/stable; deploy --no-prune origin:test/stable; status`,
  ],
  [
    'follows something else',
    `switch origin:test/stable; switch nowhere:test/stable; switch origin:test/none; status;
     set-origin other http://example.com/ test/other; upgrade --deploy-only`,
  ],
  [
    'changes its kernel arguments',
    `kargs edit-in-place --append-if-missing=quiet --append-if-missing=new; status; (reboot); status`,
  ],
];

/** What a step has left. */
function observe({ root, run: path }: Machine, step: string): object {
  const { boot: files, entries, farm, deploy, refs } = system(root);
  // GLib keeps an empty line where a group was.
  const at = join(root, 'ostree/deploy/test/deploy');
  const origins = readdirSync(at).filter((name) => name.endsWith('.origin'));
  const texts = origins.sort().map((name) => `${name}: ${readFileSync(join(at, name), 'utf8').trim()}`);
  const trees = deploy.filter((line) => !/\.origin(?: |$)|trusted\.overlay\.uuid=/.test(line));
  // In the dictionary of what is staged ost notes a lock that later versions of the reference look for.
  const state = join(path, 'ostree');
  const staged = existsSync(state) ? listing(state).filter((line) => !/^ |staged-deployment(?: |$)/.test(line)) : [];
  // The reference keeps a ref for what was staged and is no more until it deploys something else.
  return { files, entries, farm, trees, texts, staged, refs: /^(?:undeploy|cleanup|status)/.test(step) ? [] : refs };
}

/** Leads a life from the beginning; the program of each step comes from `by`. */
function lead(steps: readonly string[], by: (step: number) => Program): readonly object[] {
  const at = join(dir, fresh('life'));
  mkdirSync(at);
  const [root, origin] = [join(at, 'root'), join(at, 'origin')];
  twoDeployments(root, origin, { systemctl: true });
  run(reference, ['config', `--repo=${root}/ostree/repo`, 'set', 'remote "origin".url', `file://${HOST}${origin}`]);
  let boots = 0;
  let machine = boot(root, join(at, `run-${boots++}`));
  const life = steps.map((step, i) => {
    if (step === REBOOT) machine = boot(root, join(at, `run-${boots++}`));
    else if (step in CHANGES) CHANGES[step]?.(machine, origin);
    else {
      const { code, stdout, stderr } = attemptOn(machine, by(i), ['admin', ...step.split(' ')], env);
      // Later versions of the reference say so, and 2022.7 just that it is staged.
      const said = (stdout + stderr).replaceAll(at, 'AT').replaceAll('(finalization locked)', '(staged)').split('\n');
      // How much was freed depends on the file system; progress depends on time; usage is in words of its own.
      const lines = said.filter((line) => !/^(Freed|\d+ (metadata|delta)|Receiving|Writing|Usage|$|  -)/.test(line));
      return { step, code, lines, ...observe(machine, step) };
    }
    return observe(machine, step);
  });
  expect(complaints(join(root, 'ostree/repo'))).toEqual([]);
  expect(readdirSync(join(root, 'ostree/deploy'))).toEqual(['test']);
  sh(['rm', '-rf', at]);
  return life;
}

it.runIf(isRoot && process.env['CI'] !== undefined)('machines can be made here', () => {
  expect(canBoot).toBe(true);
});

describe.skipIf(!canBoot).each(LIVES)('a machine that %s', (_, text) => {
  const steps = text.split(/;\s+/);
  const expected = new Map<string, readonly object[]>();
  const plain = (): readonly object[] => {
    const known = expected.get('life') ?? lead(steps, () => reference);
    expected.set('life', known);
    return known;
  };

  it('does as with the reference', () => {
    const life = lead(steps, () => ost);
    steps.forEach((step, i) => {
      expect(life[i], `${i}: ${step}`).toEqual(plain()[i]);
    });
  });

  it.each([0, 1])('lets both take turns, beginning with number %i', (first) => {
    const life = lead(steps, (i) => programs[(i + first) % 2] ?? ost);
    expect(life).toEqual(plain());
  });
});
