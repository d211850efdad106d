import { accessSync, constants, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing } from '../src/listing.js';
import { ost, type Program } from '../src/programs.js';
import { attempt, run, sh } from '../src/run.js';
import { fresh, isRoot, scratch } from '../src/scratch.js';

const dir = scratch('rofiles');

const views: readonly Program[] = [
  { name: 'reference', command: ['rofiles-fuse'] },
  { name: 'ost', command: [...ost.command, 'rofiles'] },
];

/** Whatever may be done to a file, with names that are no text; each line tells what came of it. */
const ATTEMPTS = String.raw`
try() { if "$@" 2>/dev/null; then echo "done: $*"; else echo "refused: $*"; fi; }
write() { echo more >>"$1"; }
empty() { : >"$1"; }
odd=$(printf 'odd\377\nname')
for file in shared link new own sub/shared dangling none "$odd"; do
  try write "$file"
  try cat "$file"
  try truncate -s 3 "$file"
  try chmod 640 "$file"
  try chown 0:3 "$file"
  try chown -h 0:4 "$file"
  try setfattr -n user.note -v text "$file"
  try getfattr --only-values -n user.note "$file"
  try setfattr -x user.note "$file"
  try touch -d @1000000000 "$file"
  try stat -Lc '%a %u:%g %h %s %Y' "$file"
done
try empty shared2
try ln shared second
try ln -s target sub/symlink
try readlink sub/symlink
try mkdir -m 711 made
try mkdir made
try rmdir sub
try mkfifo fifo
try mknod device c 1 3
try mv shared3 sub/moved
try mv sub/moved own2
try mv -n own2 sub
try rm shared4
try rm -r made
try sh -c 'echo x >unlinked && exec 3<>unlinked && rm unlinked && echo kept >&3'
try cp own copy
try cp -p own preserved
try chmod 755 sub
try chmod 755 .
try ls -1
# What the kernel knows of a name holds for a second, and tells nothing of a link that was made meanwhile.
sleep 1.1
find . -printf '%p %y %m %n %U:%G\n' | sort
`;

function base(): { place: string; at: string } {
  const place = join(dir, fresh('view'));
  const at = join(place, 'base');
  mkdirSync(at, { recursive: true });
  const script = String.raw`
    mkdir sub ../mnt ../objects
    for name in shared shared2 shared3 shared4 sub/shared; do
      echo "content of $name" >$name
      setfattr -n user.note -v kept $name
      chmod 604 $name
      ln $name ../objects/$(echo $name | tr / -)
    done
    odd=$(printf 'odd\377\nname')
    echo odd >"$odd"
    ln "$odd" ../objects/odd
    echo own >own
    ln -s shared link
    ln -s none dangling
    ln dangling ../objects/dangling
    find .. -exec touch -hd @1500000000 {} +`;
  sh(['sh', '-ec', script], { cwd: at });
  return { place, at };
}

function accessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What happens to a tree that is looked at through a view. */
function through(view: Program, options: readonly string[]): object {
  const { place, at } = base();
  const mount = join(place, 'mnt');
  run(view, [...options, at, mount]);
  const { stdout } = attempt({ name: 'sh', command: ['sh'] }, ['-c', ATTEMPTS], { cwd: mount });
  sh(['umount', mount]);
  expect(readdirSync(mount)).toEqual([]);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(place);
  const untimed = (path: string): readonly string[] => listing(path).map((line) => line.replace(/ mtime=\S+/, ''));
  return { said: stdout.split('\n'), base: untimed(at), objects: listing(join(place, 'objects')) };
}

describe.skipIf(!isRoot || !accessible('/dev/fuse'))('a view of hard links', () => {
  it.each([[[]], [['--copyup']], [['-o', 'ro']]])('behaves as the reference does, with options %j', (options) => {
    const [theirs, ours] = views.map((view) => through(view, options));
    expect(ours).toEqual(theirs);
  });

  // The reference exits with 0 when it could not mount.
  it('tells of a mount that could not be made', () => {
    const { place, at } = base();
    const { code, stderr } = attempt(ost, ['rofiles', at, join(place, 'none')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('No such file or directory')]);
  });
});
