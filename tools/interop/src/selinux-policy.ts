import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const context = (type: string): string => `system_u:object_r:${type}_t:s0`;

/** Lines that each show one rule of the look-up. */
const FILE_CONTEXTS = `
# An expression matches whole paths; the last line that matches wins.
/.*                        ${context('default')}
/                          ${context('root')}
/mnt                   -d  ${context('mnt')}
/usr(/.*)?                 ${context('usr')}
/usr/bin/.*            --  ${context('bin')}
/usr/bin/s[hu]             ${context('shell')}
/usr/lib/.*\\.so(\\.[^/]*)* -- ${context('lib')}
/usr/lib/.*            -l  ${context('link')}
/usr/lib/.*            -d  ${context('libdir')}
# A plain path beats every expression, wherever it stands.
/usr/bin/plain             ${context('plain')}
/usr/bin/p.*               ${context('pattern')}
/usr/bin/esc\\.aped         ${context('escaped')}
# No label at all.
/var/none(/.*)?            <<none>>
/var/none/but/this         ${context('butthis')}
# The anchors bind tighter than a bar outside of groups.
/alt/one|/two              ${context('alternatives')}
/odd/[[:digit:]]{2,3}[^/]* ${context('digits')}
/odd/a+?b\\s?c              ${context('lazy')}
/odd/(?!no)[a-z]+\\d        ${context('ahead')}
/odd/\\x41.                 ${context('byte')}
`;

/** Makes a root directory with a policy of our own; the binary policy is only looked for. */
export function selinuxRoot(root: string, mode = 'enforcing'): string {
  const base = join(root, 'usr/etc/selinux');
  const files = join(base, 'example/contexts/files');
  mkdirSync(files, { recursive: true });
  mkdirSync(join(base, 'example/policy'), { recursive: true });
  writeFileSync(join(base, 'config'), `# comment\nSELINUX=${mode}\nSELINUXTYPE= example \n`);
  writeFileSync(join(base, 'example/policy/policy.33'), 'binary');
  writeFileSync(join(files, 'file_contexts'), FILE_CONTEXTS);
  writeFileSync(join(files, 'file_contexts.homedirs'), `/home/[^/]+(/.*)? ${context('home')}\n`);
  writeFileSync(join(files, 'file_contexts.local'), `/home/special ${context('local')}\n`);
  writeFileSync(join(files, 'file_contexts.subs_dist'), '/lib /usr/lib\n/lib/bin /usr/bin\n/var/home /home\n');
  writeFileSync(join(files, 'file_contexts.subs'), '/alias /var/home\n/ali /odd\n');
  return root;
}

/** Files, directories (`/` at the end) and links (`@`) that these lines are about. */
export const SELINUX_PATHS: readonly string[] = [
  'usr/bin/sh',
  'usr/bin/su',
  'usr/bin/sx@',
  'usr/bin/plain',
  'usr/bin/pattern',
  'usr/bin/esc.aped',
  'usr/bin/escxaped',
  'usr/lib/libx.so',
  'usr/lib/libx.so.1.2',
  'usr/lib/libx.so.1@',
  'usr/lib/sub.so/',
  'lib/liby.so',
  'lib/bin/sh',
  'var/none/x',
  'var/none/link@',
  'var/none/but/this',
  'alt/one/and/more',
  'alt/two',
  'two',
  'odd/12x',
  'odd/1x',
  'odd/aab c',
  'odd/yes1',
  'odd/no1',
  'odd/Aä',
  'odd/Ab',
  'home/user/file',
  'home/special/',
  'var/home/user/file',
  'alias/user/file',
  'ali/12',
  'aliasing/x',
  'proc/',
  'mnt/',
  'new\nline',
  'ünicode',
];
