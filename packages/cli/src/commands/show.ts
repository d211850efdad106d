import * as fs from 'node:fs';
import { codec } from '@ost/gvariant';
import { type Checksum, formatSize, isChecksum, OstError, parseSizes } from '@ost/objects';
import { nodeHash, type Repo } from '@ost/repo';
import { type CommandContext, openCommandRepo, resolvePath } from '../context.js';
import { UsageError } from '../errors.js';
import { commitJson, commitText } from '../lib/commit-text.js';
import { printKeys, printValue } from '../lib/metadata-keys.js';
import { COMMIT_TYPE, printRaw } from '../lib/raw.js';
import { metadataJson, variantJson } from '../lib/variant-json.js';
import { xattrsText } from './ls.js';

const metadataTypes = { commit: COMMIT_TYPE, dirmeta: '(uuua(ayay))', dirtree: '(a(say)a(sayay))' } as const;

class Show {
  constructor(
    private readonly context: CommandContext,
    private readonly repo: Repo,
  ) {}

  async object(name: string): Promise<void> {
    const { repo } = this;
    if (!isChecksum(name)) return this.#commit(repo.resolve(name));
    const types = ['commit', 'dirmeta', 'dirtree'] as const;
    const type = types.find((candidate) => repo.hasObject(candidate, name));
    if (type === undefined) return this.#file(name);
    if (type === 'commit') return this.#commit(name);
    this.#metadata(type, name);
  }

  #raw(type: keyof typeof metadataTypes, checksum: Checksum, swap: boolean): void {
    const format = metadataTypes[type];
    const value: unknown = codec<string>(format).decode(this.repo.store.readMetadata(type, checksum));
    this.context.out.line(printRaw(format, value, { swap }));
  }

  #metadata(type: 'dirmeta' | 'dirtree', checksum: Checksum): void {
    const { args, out } = this.context;
    if (args.flag('json')) {
      const value = type === 'dirtree' ? this.repo.loadDirTree(checksum) : dirMetaJson(this.repo, checksum);
      out.json({ type, checksum, ...value });
      return;
    }
    out.line(`${type} ${checksum}`);
    if (args.flag('no-byteswap')) this.#raw(type, checksum, false);
    else if (args.flag('raw')) this.#raw(type, checksum, true);
  }

  async #commit(checksum: Checksum): Promise<void> {
    const { args, out } = this.context;
    const { repo } = this;
    const commit = repo.loadCommit(checksum);
    const detached = repo.readDetachedMetadata(checksum);
    if (args.flag('json')) {
      const { parseDetached } = await import('../lib/gpg-signatures.js');
      out.json({
        type: 'commit',
        ...commitJson(checksum, commit, nodeHash),
        metadata: metadataJson(commit.metadata),
        detachedMetadata: detached === null ? null : metadataJson(parseDetached(detached)),
        partial: repo.partialState(checksum) !== 'complete',
      });
      return;
    }
    const text = commitText(checksum, commit, nodeHash);
    if (args.flag('no-byteswap')) {
      // The raw value comes between the first line and the others.
      out.line(`commit ${checksum}`);
      this.#raw('commit', checksum, false);
      out.text(text.slice(text.indexOf('\n') + 1));
    } else if (args.flag('raw')) {
      out.line(`commit ${checksum}`);
      this.#raw('commit', checksum, true);
    } else out.text(text);
    if (detached === null) return;
    const { describeByAll, describeByRemote, printDescriptions } = await import('../lib/gpg-signatures.js');
    const remote = args.string('gpg-verify-remote');
    const signed = { data: repo.store.readMetadata('commit', checksum), detached };
    const texts =
      remote === undefined
        ? await describeByAll(this.context, repo, signed, args.string('gpg-homedir'))
        : await describeByRemote(this.context, repo, remote, signed);
    printDescriptions(out, texts, (count) => `Found ${count}:`);
  }

  #file(checksum: Checksum): void {
    const { args, out } = this.context;
    const file = this.repo.loadFile(checksum);
    const { uid, gid, mode, symlinkTarget, xattrs } = file.header;
    if (args.flag('json')) {
      const target = file.isSymlink ? { target: symlinkTarget } : {};
      const list = xattrs.map((x) => ({
        name: Buffer.from(x.name).toString(),
        value: Buffer.from(x.value).toString('base64'),
      }));
      out.json({
        type: 'file',
        checksum,
        symlink: file.isSymlink,
        size: file.size,
        mode,
        uid,
        gid,
        ...target,
        xattrs: list,
      });
      return;
    }
    out.line(`Object: ${checksum}`);
    out.line('Type: file');
    out.line(`File Type: ${file.isSymlink ? 'symlink' : 'regular'}`);
    out.line(file.isSymlink ? `Target: ${symlinkTarget}` : `Size: ${file.size}`);
    out.line(`Mode: 0${mode.toString(8).padStart(4, '0')}`);
    out.line(`Uid: ${uid}`);
    out.line(`Gid: ${gid}`);
    out.line(`Extended Attributes: { ${xattrsText(xattrs)} }`);
  }

  /** One value, or the keys, of the metadata or the detached metadata. */
  async lookUp(rev: string): Promise<boolean> {
    const { args } = this.context;
    const key = args.string('print-metadata-key');
    if (key === undefined && !args.flag('list-metadata-keys')) return this.#lookUpDetached(rev);
    const { metadata } = this.repo.loadCommit(this.repo.resolve(rev));
    if (key === undefined) printKeys(this.context, metadata);
    else printValue(this.context, metadata, key, { hex: args.flag('print-hex'), swap: !args.flag('no-byteswap') });
    return true;
  }

  async #lookUpDetached(rev: string): Promise<boolean> {
    const { args } = this.context;
    const key = args.string('print-detached-metadata-key');
    if (key === undefined && !args.flag('list-detached-metadata-keys')) return false;
    const checksum = this.repo.resolve(rev);
    const bytes = this.repo.readDetachedMetadata(checksum);
    if (bytes === null) throw new OstError('not-found', `No detached metadata for commit ${checksum}`);
    const { parseDetached } = await import('../lib/gpg-signatures.js');
    const metadata = parseDetached(bytes);
    if (key === undefined) printKeys(this.context, metadata);
    else printValue(this.context, metadata, key, { hex: args.flag('print-hex'), swap: !args.flag('no-byteswap') });
    return true;
  }

  related(rev: string): void {
    const { args, out } = this.context;
    const { related } = this.repo.loadCommit(this.repo.resolve(rev));
    if (args.flag('json')) out.json(related.map(({ name, checksum }) => ({ name, checksum })));
    else for (const { name, checksum } of related) out.line(`${name} ${checksum}`);
  }

  sizes(rev: string): void {
    const { args, out } = this.context;
    const entries = parseSizes(this.repo.loadCommit(this.repo.resolve(rev)).metadata);
    const needed = entries.filter(({ type, checksum }) => !this.repo.hasObject(type, checksum));
    const sum = (list: typeof entries, key: 'archived' | 'unpacked'): number => list.reduce((n, e) => n + e[key], 0);
    if (args.flag('json')) {
      const both = (of: (list: typeof entries) => number): object => ({ needed: of(needed), total: of(entries) });
      out.json({
        archived: both((list) => sum(list, 'archived')),
        unpacked: both((list) => sum(list, 'unpacked')),
        objects: both((list) => list.length),
      });
      return;
    }
    const pair = (key: 'archived' | 'unpacked'): string =>
      `${formatSize(sum(needed, key))}/${formatSize(sum(entries, key))}`;
    out.line(`Compressed size (needed/total): ${pair('archived')}`);
    out.line(`Unpacked size (needed/total): ${pair('unpacked')}`);
    out.line(`Number of objects (needed/total): ${needed.length}/${entries.length}`);
  }
}

function dirMetaJson(repo: Repo, checksum: Checksum): Record<string, unknown> {
  const { uid, gid, mode } = repo.loadDirMeta(checksum);
  return { uid, gid, mode };
}

/** `show OBJECT`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const [name] = args.positionals;
  if (name === undefined) throw new UsageError('An object argument is required');
  const show = new Show(context, repo);
  const type = args.string('print-variant-type');
  if (type !== undefined) {
    const value: unknown = codec<string>(type).decode(fs.readFileSync(resolvePath(context, name)));
    if (args.flag('json')) out.json({ type, value: variantJson({ type, value }) });
    else out.line(printRaw(type, value, { swap: !args.flag('no-byteswap') }));
  } else if (await show.lookUp(name)) return;
  else if (args.flag('print-related')) show.related(name);
  else if (args.flag('print-sizes')) show.sizes(name);
  else await show.object(name);
}
