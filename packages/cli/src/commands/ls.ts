import * as path from 'node:path';
import { printVariant } from '@ost/gvariant';
import { type Checksum, type DirMeta, type DirTreeDir, isOstError, OstError, type Xattrs } from '@ost/objects';
import { type DirectoryEntry, type ListedFile, lookupPath, type Repo, TreeLister } from '@ost/repo';
import { type CommandContext, openCommandRepo } from '../context.js';
import { UsageError } from '../errors.js';
import type { Output } from '../output.js';

const types: Readonly<Record<number, string>> = { 0o040000: 'd', 0o100000: '-', 0o120000: 'l' };

/** One printed path. */
interface Row {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly checksums: readonly Checksum[];
  readonly xattrs: Xattrs;
  readonly target: string | null;
}

class Lister {
  readonly #trees: TreeLister;
  readonly #dirmetas = new Map<Checksum, DirMeta>();
  readonly rows: unknown[] = [];
  // Looked up once and not for each of what may be a million rows.
  readonly #json: boolean;
  readonly #names: boolean;
  readonly #recursive: boolean;
  readonly #checksums: boolean;
  readonly #xattrs: boolean;

  constructor(
    private readonly repo: Repo,
    { args }: CommandContext,
    private readonly out: Output,
  ) {
    this.#json = args.flag('json');
    this.#names = args.flag('nul-filenames-only') && !this.#json;
    this.#recursive = args.flag('recursive');
    this.#trees = new TreeLister(repo, { remember: this.#recursive && !this.#names });
    this.#checksums = args.flag('checksum');
    this.#xattrs = args.flag('xattrs');
  }

  #meta(checksum: Checksum): DirMeta {
    let meta = this.#dirmetas.get(checksum);
    if (meta === undefined) this.#dirmetas.set(checksum, (meta = this.repo.loadDirMeta(checksum)));
    return meta;
  }

  directory(path: string, { contents, meta }: DirectoryEntry): void {
    const { uid, gid, mode, xattrs } = this.#meta(meta);
    this.#print({ path, mode, uid, gid, size: 0, checksums: [contents, meta], xattrs, target: null });
  }

  file(path: string, checksum: Checksum): void {
    if (this.#names) {
      this.#printName(path);
      return;
    }
    const { header, size } = this.repo.loadFile(checksum);
    this.#printFile(path, { checksum, header, size });
  }

  children(path: string, contents: Checksum): void {
    const prefix = path === '/' ? '' : path;
    for (const dir of this.#names ? this.#namesIn(prefix, contents) : this.#filesIn(prefix, contents)) {
      this.directory(`${prefix}/${dir.name}`, dir);
      if (this.#recursive) this.children(`${prefix}/${dir.name}`, dir.contents);
    }
  }

  #namesIn(prefix: string, contents: Checksum): readonly DirTreeDir[] {
    const { files, dirs } = this.repo.loadDirTree(contents);
    for (const { name } of files) this.#printName(`${prefix}/${name}`);
    return dirs;
  }

  #filesIn(prefix: string, contents: Checksum): readonly DirTreeDir[] {
    const { files, dirs } = this.#trees.directory(contents);
    for (const file of files) this.#printFile(`${prefix}/${file.name}`, file);
    return dirs;
  }

  #printName(path: string): void {
    this.out.text(`${path}\0`);
  }

  #printFile(path: string, { checksum, header, size }: Pick<ListedFile, 'checksum' | 'header' | 'size'>): void {
    const { uid, gid, mode, xattrs, symlinkTarget } = header;
    const isSymlink = (mode & 0o170000) === 0o120000;
    const target = isSymlink ? symlinkTarget : null;
    this.#print({ path, mode, uid, gid, size: isSymlink ? 0 : size, checksums: [checksum], xattrs, target });
  }

  /** Remembers what was listed. */
  close(): void {
    this.#trees.close();
  }

  #print(row: Row): void {
    if (this.#json) this.rows.push(rowJson(row));
    else if (this.#names) this.#printName(row.path);
    else this.out.line(rowText(row, this.#checksums, this.#xattrs));
  }
}

function rowText(row: Row, checksums: boolean, xattrs: boolean): string {
  const type = types[row.mode & 0o170000] ?? '?';
  const mode = (row.mode & 0o7777).toString(8).padStart(4, '0');
  let text = `${type}0${mode} ${row.uid} ${row.gid} ${String(row.size).padStart(6)} `;
  if (checksums) text += `${row.checksums.join(' ')} `;
  if (xattrs) text += `{ ${xattrsText(row.xattrs)} } `;
  return `${text}${row.path}${row.target === null ? '' : ` -> ${row.target}`}`;
}

/** Extended attributes in GVariant text form; names carry the NUL that ends them in the format. */
export function xattrsText(xattrs: Xattrs): string {
  const value = xattrs.map(({ name, value: bytes }): [Uint8Array, Uint8Array] => {
    const terminated = new Uint8Array(name.length + 1);
    terminated.set(name);
    return [terminated, bytes];
  });
  return printVariant('a(ayay)', value);
}

function rowJson(row: Row): Record<string, unknown> {
  const type = { d: 'directory', '-': 'file', l: 'symlink' }[types[row.mode & 0o170000] ?? '-'];
  const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  return {
    path: row.path,
    type,
    mode: row.mode & 0o7777,
    uid: row.uid,
    gid: row.gid,
    size: row.size,
    ...(type === 'directory' ? { contents: row.checksums[0], meta: row.checksums[1] } : { checksum: row.checksums[0] }),
    ...(row.target === null ? {} : { target: row.target }),
    xattrs: row.xattrs.map((x) => ({ name: decode(x.name), value: Buffer.from(x.value).toString('base64') })),
  };
}

function list(lister: Lister, repo: Repo, root: DirectoryEntry, name: string, args: CommandContext['args']): void {
  const absolute = name.startsWith('/') ? name : `/${name}`;
  const wanted = absolute === '/' ? absolute : path.posix.normalize(absolute);
  const missing = (what: string): OstError => new OstError('not-found', `Inspecting path '${name}': ${what}`);
  let entry: ReturnType<typeof lookupPath>;
  try {
    entry = lookupPath(repo, root, wanted);
  } catch (error) {
    if (!isOstError(error) || error.message !== 'Not a directory') throw error;
    throw missing('Not a directory');
  }
  if (entry === null || (wanted !== '/' && wanted.endsWith('/'))) throw missing(`No such file or directory: ${wanted}`);
  if (entry.type === 'file') {
    lister.file(wanted, entry.checksum);
    return;
  }
  lister.directory(wanted, entry);
  if (!args.flag('dironly')) lister.children(wanted, entry.contents);
}

/** `ls COMMIT [PATH...]`. */
export async function run(context: CommandContext): Promise<void> {
  const { args, out } = context;
  const repo = await openCommandRepo(context);
  const [rev, ...paths] = args.positionals;
  if (rev === undefined) throw new UsageError('An COMMIT argument is required');
  const root = repo.loadCommit(repo.resolve(rev));
  const lister = new Lister(repo, context, out);
  for (const name of paths.length === 0 ? ['/'] : paths) list(lister, repo, root, name, args);
  if (args.flag('json')) out.json(lister.rows);
  out.flush();
  lister.close();
}
