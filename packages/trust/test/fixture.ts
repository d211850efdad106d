import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { pull } from '@ost/fetch';
import { type Checksum, encodeDetachedMetadata, type Metadata } from '@ost/objects';
import { addRemote, commitTree, initRepo, openRepo, type Repo, updateSummary } from '@ost/repo';
import { addSignatures, ed25519, type SecretKey } from '@ost/sign';
import { type KeyPlaces, remoteVerifier } from '@ost/trust';

/** A pair of ed25519 keys. */
export interface Pair {
  readonly text: string;
  readonly id: string;
  readonly secret: SecretKey;
}

/** Makes a pair of keys. */
export function makePair(): Pair {
  const { publicFile, secretFile } = ed25519.generate();
  const secret = ed25519.secretKey(secretFile);
  return { text: publicFile.trim(), id: secret.publicKey.id, secret };
}

/** A repository with one commit, and repositories that pull from it. */
export class Fixture {
  #clients = 0;

  private constructor(
    readonly root: string,
    readonly source: Repo,
    readonly commit: Checksum,
  ) {}

  /** Directory of the machine's keys, at first not there. */
  get machine(): string {
    return this.at('machine');
  }

  static async make(): Promise<Fixture> {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ost-trust-'));
    const tree = path.join(root, 'tree');
    fs.mkdirSync(tree);
    fs.writeFileSync(path.join(tree, 'file'), 'content');
    const source = await initRepo(path.join(root, 'source'), { mode: 'archive' });
    const { checksum } = await commitTree(source, [{ type: 'dir', path: tree }], { branch: 'main', fsync: false });
    await updateSummary(source);
    return new Fixture(root, source, checksum);
  }

  at(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  write(name: string, content: string | Uint8Array): string {
    fs.mkdirSync(path.dirname(this.at(name)), { recursive: true });
    fs.writeFileSync(this.at(name), content);
    return this.at(name);
  }

  /** Gives the commit these detached metadata. */
  attach(metadata: Metadata): void {
    this.source.writeDetachedMetadata(this.commit, encodeDetachedMetadata(metadata));
  }

  /** Signs the commit with some keys, and nothing else has signed it. */
  sign(...pairs: readonly Pair[]): void {
    this.attach(this.signed(this.source.store.readMetadata('commit', this.commit), pairs));
  }

  /** Signs the summary with some keys. */
  async signSummary(...pairs: readonly Pair[]): Promise<void> {
    await updateSummary(this.source, { sign: async (bytes) => encodeDetachedMetadata(this.signed(bytes, pairs)) });
  }

  signed(data: Uint8Array, pairs: readonly Pair[]): Metadata {
    const keys = pairs.map(({ secret }) => secret);
    return addSignatures(ed25519, keys, data, []);
  }

  /** Pulls into a new repository whose remote has these keys; resolves when that was allowed. */
  async pull(keys: readonly (readonly [string, string | readonly string[]])[], places: KeyPlaces = {}): Promise<void> {
    const at = this.at(`client-${this.#clients++}`);
    addRemote(await initRepo(at, { mode: 'bare-user-only' }), 'origin', {
      keys: [['url', pathToFileURL(this.source.path).href], ['gpg-verify', 'false'], ...keys],
    });
    const repo = await openRepo(at);
    const verifier = remoteVerifier(repo, { env: {}, keyDirectories: [this.machine], ...places });
    await pull(repo, 'origin', { refs: ['main'], verifier });
    if (repo.resolve('origin:main') !== this.commit) throw new Error('The ref has not moved');
  }

  close(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
