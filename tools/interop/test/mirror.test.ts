import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasGpg, makeKey, type SigningKey } from '../src/gpg.js';
import { noise, oddTree } from '../src/odd-tree.js';
import { ost, programs, reference } from '../src/programs.js';
import { commit, complaints, init, refFiles } from '../src/repos.js';
import { attempt, execute, run } from '../src/run.js';
import { fresh, scratch } from '../src/scratch.js';
import { serve } from '../src/server.js';

const COLLECTION = 'org.example.Os';
const dir = scratch('mirror');
const tree = join(dir, 'tree');
const upstream = join(dir, 'upstream');
const keys = mkdtempSync(join(tmpdir(), 'g'));
let key: SigningKey;
let sign: readonly string[];
let url: string;

afterAll(() => {
  execute(['gpgconf', '--kill', 'all'], { env: { GNUPGHOME: join(keys, 'a') } });
  rmSync(keys, { recursive: true, force: true });
});

describe.skipIf(!hasGpg)('a repository that others pass on', () => {
  beforeAll(async () => {
    key = makeKey(join(keys, 'a'), 'Signer');
    sign = [`--gpg-sign=${key.id}`, `--gpg-homedir=${key.home}`];
    oddTree(tree);
    writeFileSync(join(tree, 'noise'), noise(100_000, 1));
    init(reference, upstream, 'archive');
    run(reference, ['config', `--repo=${upstream}`, 'set', 'core.collection-id', COLLECTION]);
    for (const i of [1, 2]) {
      writeFileSync(join(tree, 'counter'), `${i}\n`);
      commit(reference, upstream, '-b', 'main', '-s', `Number ${i}`, ...sign, tree);
    }
    commit(reference, upstream, '-b', 'app/one', '--tree=ref=main', '--owner-uid=0', ...sign);
    run(reference, ['static-delta', `--repo=${upstream}`, 'generate', '--from=main^', 'main']);
    run(reference, ['static-delta', `--repo=${upstream}`, 'generate', '--empty', 'main']);
    run(reference, ['summary', `--repo=${upstream}`, '-u', ...sign]);
    url = await serve(dir, upstream);
  });

  /** A repository whose remote insists on every signature. */
  function strict(program: typeof ost, from: string, mode: string): string {
    const repo = init(program, join(dir, fresh('strict')), mode);
    const options = [`--gpg-import=${key.publicKey}`, '--set=gpg-verify-summary=true', `--collection-id=${COLLECTION}`];
    run(program, ['remote', `--repo=${repo}`, 'add', ...options, 'origin', from]);
    return repo;
  }

  function mirrored(...args: readonly string[]): string {
    const repo = strict(ost, url, 'archive');
    run(ost, ['config', `--repo=${repo}`, 'set', 'core.collection-id', COLLECTION]);
    run(ost, ['mirror', `--repo=${repo}`, 'origin', ...args]);
    expect(complaints(repo)).toEqual([]);
    return repo;
  }

  it('is mirrored whole, so that libostree updates from the mirror by signed summary and delta', async () => {
    const mirror = mirrored('--depth=1');
    expect(refFiles(mirror)).toEqual(refFiles(upstream));
    for (const name of ['summary', 'summary.sig']) {
      expect(readFileSync(join(mirror, name))).toEqual(readFileSync(join(upstream, name)));
    }
    const at = await serve(dir, mirror);
    for (const program of programs) {
      const client = strict(program, at, 'bare-user');
      const old = run(reference, ['rev-parse', `--repo=${upstream}`, 'main^']).trim();
      run(program, ['pull', `--repo=${client}`, '--disable-static-deltas', 'origin', `main@${old}`]);
      const said = run(program, ['pull', `--repo=${client}`, '--require-static-deltas', 'origin', 'main']);
      expect(said).toMatch(/^1 delta parts/);
      expect(complaints(client)).toEqual([]);
    }
  });

  it('is mirrored in part, with a summary that tells no more', async () => {
    const mirror = mirrored('app/*');
    const at = await serve(dir, mirror);
    const client = init(reference, join(dir, fresh('client')), 'bare-user');
    run(reference, ['remote', `--repo=${client}`, 'add', `--gpg-import=${key.publicKey}`, 'origin', at]);
    expect(run(reference, ['remote', `--repo=${client}`, 'refs', 'origin'])).toBe(
      'origin:app/one\norigin:ostree-metadata\n',
    );
    run(reference, ['pull', `--repo=${client}`, 'origin', 'app/one']);
    expect(complaints(client)).toEqual([]);
  });

  it.each(programs)('travels on a stick that $name wrote', (writer) => {
    const source = strict(writer, url, 'bare-user');
    run(writer, ['pull', `--repo=${source}`, 'origin', 'main', 'app/one']);
    const stick = join(dir, fresh('stick'));
    mkdirSync(stick);
    const pairs = [COLLECTION, 'main', COLLECTION, 'app/one'];
    expect(run(writer, ['create-usb', `--repo=${source}`, stick, ...pairs])).toBe(
      `Copied 2/2 refs successfully from ‘${source}’ to ‘.ostree/repo’ repository in ‘${stick}’.\n`,
    );
    for (const reader of programs) {
      const client = strict(reader, `file://${stick}/.ostree/repo`, 'bare-user');
      run(reader, ['config', `--repo=${client}`, 'set', 'remote "origin".gpg-verify-summary', 'false']);
      const said = run(reader, ['find-remotes', `--repo=${client}`, '--finders=config', '--pull', ...pairs]);
      expect(said).toContain('2/2 refs were found.');
      expect(said).toContain('Pulled 2/2 refs successfully.');
      expect(complaints(client)).toEqual([]);
    }
  });

  it('is found by both with the same words', () => {
    const outputs = programs.map((program) => {
      const client = strict(program, url, 'bare-user');
      const words = [COLLECTION, 'nope', COLLECTION, 'main'];
      const { stdout, code } = attempt(program, ['find-remotes', `--repo=${client}`, ...words]);
      return { code, lines: stdout.split('\n').sort() };
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });

  it('is reached through a metalink by both', async () => {
    const summary = readFileSync(join(upstream, 'summary'));
    const place = join(dir, 'metalinks');
    init(ost, place, 'archive');
    const at = await serve(dir, place);
    const file = `<file name="summary"><size>${summary.length}</size>
      <verification><hash type="sha256">${createHash('sha256').update(summary).digest('hex')}</hash></verification>
      <resources><url protocol="http" type="http" location="DE" preference="1">${url}/summary</url></resources></file>`;
    mkdirSync(join(place, 'extensions'), { recursive: true });
    writeFileSync(join(place, 'extensions/x.xml'), `<metalink version="3.0"><files>${file}</files></metalink>`);
    for (const program of programs) {
      const client = init(program, join(dir, fresh('metalink')), 'archive');
      const remote = ['--no-gpg-verify', 'origin', `metalink=${at}/extensions/x.xml`];
      run(program, ['remote', `--repo=${client}`, 'add', ...remote]);
      run(program, ['pull', `--repo=${client}`, 'origin', 'main']);
      expect(complaints(client)).toEqual([]);
    }
  });

  it('that goes back in time is noticed, where libostree follows it', async () => {
    const place = join(dir, 'moving');
    cpSync(upstream, place, { recursive: true });
    const at = await serve(dir, place);
    const old = ['summary', 'summary.sig'].map((name) => readFileSync(join(place, name)));
    const clients = programs.map((program) => strict(program, at, 'archive'));
    // Times inside summaries are in seconds.
    execute(['sleep', '1.1']);
    appendFileSync(join(tree, 'counter'), 'three\n');
    commit(reference, place, '-b', 'main', '-s', 'Number 3', ...sign, tree);
    run(reference, ['summary', `--repo=${place}`, '-u', ...sign]);
    const pull = ['pull', 'origin', 'main'];
    for (const [i, program] of programs.entries()) run(program, [...pull, `--repo=${clients[i]}`]);
    for (const [i, name] of ['summary', 'summary.sig'].entries()) writeFileSync(join(place, name), old[i] as Buffer);
    const outcomes = programs.map((program, i) => attempt(program, [...pull, `--repo=${clients[i]}`]));
    expect(outcomes.map(({ code }) => code)).toEqual([1, 0]);
    expect(outcomes[0]?.stderr).toContain('was seen before; use --allow-older-summary to permit');
    run(ost, [...pull, '--allow-older-summary', `--repo=${clients[0]}`]);
  });
});
