import { sh } from './run.js';

/**
 * Writes archives that are different for each seed and the same in each run: every dialect, long and odd names, links to
 * files before and after them, attributes, large numbers, entries that come twice. Python's tarfile writes them, as it
 * does what it is told. Attributes of one entry come in descending order, since release 2022.7 of libostree stores them
 * in the reverse order of the archive, and all others sorted.
 */
const PYTHON = `
import io, random, sys, tarfile
path, seed, directories = sys.argv[1], int(sys.argv[2]), sys.argv[3] == 'directories'
r = random.Random(seed)
FORMAT = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT][seed % 3]
NAMES = ['a', 'B', '-', ' ', '.hidden', 'ü', '日本語', 'new\\nline', 'x' * 60, 'name.so.1', '%41', '\\\\\\\\', '~']
def name():
    return ''.join(r.choice(NAMES) for _ in range(r.randint(1, 2)))
def word():
    return bytes(r.randrange(256) for _ in range(r.randint(1, 40)))
big = FORMAT != tarfile.USTAR_FORMAT
with tarfile.open(path, 'w', format=FORMAT, encoding='utf-8', errors='surrogateescape') as tar:
    def add(name, kind, link='', content=b''):
        info = tarfile.TarInfo(r.choice(['', './', '/']) + name)
        info.type, info.linkname, info.size = kind, link, len(content)
        # libostree stores other modes of symlinks where it then finds its own object corrupt.
        info.mode = 0o777 if kind == tarfile.SYMTYPE else r.choice([0o644, 0o755, 0o4711, 0o1777, 0o600, 0, 0o2750])
        top = 4294967294 if big else 2097151
        info.uid, info.gid = r.choice([0, 1000, top]), r.choice([0, 7, top])
        if FORMAT == tarfile.PAX_FORMAT and r.random() < 0.4:
            space = 'trusted' if kind == tarfile.SYMTYPE else 'user'
            keys = sorted({space + '.' + r.choice('abcxyz') for _ in range(r.randint(1, 3))}, reverse=True)
            info.pax_headers = {'SCHILY.xattr.' + k: word().decode('utf-8', 'surrogateescape') for k in keys}
        tar.addfile(info, io.BytesIO(content))
    dirs, files, taken = [''], [], {''}
    later = []
    add('.', tarfile.DIRTYPE)
    for _ in range(r.randint(1, 40)):
        parent = r.choice(dirs)
        full = (parent + '/' if parent else '') + name()
        limit = 250 if big else 95
        if len(full.encode()) > limit: continue
        kind = r.choice('ddffffffsshhl')
        if full in taken and not (kind == 'f' and full in files): continue
        if kind == 'd':
            if directories: add(full + '/', tarfile.DIRTYPE)
            dirs.append(full)
        elif kind == 's':
            add(full, tarfile.SYMTYPE, r.choice(['x', '../ü', '/' + 'long/' * 15]))
        elif kind == 'h' and files:
            add(full, tarfile.LNKTYPE, r.choice(['', './', '/']) + r.choice(files))
        elif kind == 'l':
            # The link first, its file at the end.
            target = 'later%d' % len(later)
            later.append(target)
            add(full, tarfile.LNKTYPE, target)
        else:
            add(full, tarfile.REGTYPE, '', r.choice([b'', word(), word() * 700]))
            files.append(full)
        taken.add(full)
    for target in later:
        add(target, tarfile.REGTYPE, '', word())
`;

/** Writes the archive of a seed; without `directories`, only the root has an entry of its own. */
export function randomTar(path: string, seed: number, directories: boolean): string {
  sh(['python3', '-c', PYTHON, path, `${seed}`, directories ? 'directories' : 'files']);
  return path;
}
