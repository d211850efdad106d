import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { addRemote, deleteRemote, initRepo, openRepo } from '@ost/repo';
import { remoteKeyrings } from '@ost/trust';
import { afterEach, beforeEach, expect, it } from 'vitest';

let root: string;
let env: NodeJS.ProcessEnv;
const at = (...names: string[]): string => path.join(root, ...names);
const write = (name: string): void => {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), name);
};

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-keyrings-'));
  env = { OSTREE_GPG_HOME: at('global') };
  write('global/all.gpg');
});
afterEach(() => fs.rmSync(root, { recursive: true }));

it('keys are those of the repository, else those beside the remote, else those of a parent, else the global ones', async () => {
  await initRepo(at('parent'), { mode: 'archive' });
  const made = await initRepo(at('repo'), { mode: 'archive' });
  fs.appendFileSync(at('repo/config'), `parent=${at('parent')}\n`);
  fs.mkdirSync(at('remotes.d'));
  fs.writeFileSync(at('remotes.d/vendor.conf'), '[remote "vendor"]\nurl=http://localhost/\n');
  const repo = await openRepo(made.path, { remotesDirectory: at('remotes.d') });
  const names = () => remoteKeyrings(repo, 'vendor', env).map(String);
  expect(names()).toEqual(['global/all.gpg']);
  for (const file of ['parent/', 'remotes.d/', 'repo/'].map((place) => `${place}vendor.trustedkeys.gpg`)) {
    write(file);
    expect(names()).toEqual([file]);
  }
  // What a package has installed stays when the remote goes.
  addRemote(repo, 'vendor', { existing: 'replace', keys: [['url', 'http://localhost/new']] });
  deleteRemote(await openRepo(made.path, { remotesDirectory: at('remotes.d') }), 'vendor');
  expect(fs.readdirSync(at('remotes.d'))).toEqual(['vendor.trustedkeys.gpg']);
});
