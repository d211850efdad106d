import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readObject } from './objects.mjs';

// An archive may hold attributes that are too long for file systems, and in any order (which reading reverses).
const PYTHON = `
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT) as tar:
    def add(name, content, xattrs, kind=tarfile.REGTYPE, mode=0o644):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.size = kind, mode, len(content)
        info.pax_headers = {'SCHILY.xattr.' + k: v for k, v in xattrs}
        tar.addfile(info, io.BytesIO(content))
    add('.', b'', [], tarfile.DIRTYPE, 0o755)
    add('unsorted', b'hello\\n', [('security.selinux', 'label'), ('user.foo', 'bar')])
    for size in [65490, 65500, 65520, 70000]:
        add('long-%d' % size, b'', [('user.long', 'x' * size)])
`;

/**
 * Files whose attributes only an archive can have; the long ones are made anew by the reader.
 *
 * @param {import('./oracle.mjs').Oracle} oracle
 * @param {string} scratch
 */
export function makeTarFiles(oracle, scratch) {
  const tar = join(scratch, 'files.tar');
  execFileSync('python3', ['-c', PYTHON, tar]);
  const repo = join(scratch, 'tar');
  oracle.init(repo, '--mode=archive');
  const commit = oracle.commit(repo, ['--orphan', '--timestamp=@0', `--tree=tar=${tar}`]);
  const checksumOf = (/** @type {string} */ path) => oracle.checksums(repo, commit, path)[0] ?? '';
  const unsorted = checksumOf('/unsorted');
  return {
    unsorted: { checksum: unsorted, filez: readObject(repo, unsorted, 'filez').toString('base64') },
    long: [65490, 65500, 65520, 70000].map((size) => ({ size, checksum: checksumOf(`/long-${size}`) })),
  };
}
