/**
 * The tree that most vectors come from: whatever is unusual about an entry, once.
 *
 * @typedef {object} Entry
 * @property {string} path
 * @property {'file' | 'symlink' | 'dir'} kind
 * @property {number} [mode] permission bits
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {Buffer} [content] of a file
 * @property {string} [target] of a symlink
 * @property {readonly (readonly [string, Buffer])[]} [xattrs]
 */

/**
 * Content that compresses a little and needs no room in a vector: byte i is the low byte of i * i, plus 31 for every
 * 256 bytes before it.
 *
 * @param {number} size
 */
export function squares(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (Math.imul(i, i) + (i >> 8) * 31) & 0xff;
  return bytes;
}

/** Size of the large file. */
export const LARGE = 3 * 2 ** 20 + 17;

/** @param {string} hex */
const hex = (hex) => Buffer.from(hex, 'hex');

/** @type {readonly (readonly [string, Omit<Entry, 'path' | 'kind'>])[]} */
const FILES = [
  ['empty', {}],
  ['one-byte', { content: Buffer.from('x') }],
  ['hello.txt', { content: Buffer.from('hello\n') }],
  ['nul-bytes', { content: Buffer.alloc(300) }],
  ['large', { content: squares(LARGE) }],
  ['suid', { mode: 0o4755, content: Buffer.from('#!/bin/sh\n') }],
  ['sgid', { mode: 0o2755, gid: 5, content: Buffer.from('#!/bin/sh\n') }],
  ['sticky', { mode: 0o1644 }],
  ['all-bits', { mode: 0o7777, content: Buffer.from('all') }],
  ['no-bits', { mode: 0o000, content: Buffer.from('secret') }],
  ['owned', { uid: 1000, gid: 1001, content: Buffer.from('mine') }],
  ['highest-owner', { uid: 4294967294, gid: 4294967294 }],
  [
    'xattrs',
    {
      content: Buffer.from('hello\n'),
      uid: 1000,
      gid: 1001,
      xattrs: [
        ['user.zeta', Buffer.from('z1')],
        ['user.alpha', Buffer.from('abc')],
        ['user.empty', Buffer.alloc(0)],
        ['user.binary', hex('00ff80007f0a00')],
        ['trusted.t', hex('00')],
        ['security.vector', Buffer.from('label\0')],
      ],
    },
  ],
  ['capability', { mode: 0o755, xattrs: [['security.capability', hex('0100000200200000000000000000000000000000')]] }],
  // Around the sizes at which the offsets of the header, of the list and of the attribute grow to two bytes.
  ...[223, 224, 225, 226, 227, 241, 242, 243, 244, 245, 246].map(
    (size) => /** @type {const} */ ([`xattr-edge-${size}`, { xattrs: [['user.edge', Buffer.alloc(size, 'e')]] }]),
  ),
  [
    'xattr-long',
    {
      xattrs: [
        ['user.long', Buffer.alloc(3000, 'v')],
        ['user.tail', Buffer.from('t')],
      ],
    },
  ],
  ['xattr-unicode-ä', { xattrs: [['user.größe', Buffer.from('ß')]] }],
  // Names around what the order of UTF-16 code units gets wrong, and around what shells and paths treat specially.
  ['names/Zed', {}],
  ['names/_under', {}],
  ['names/a b', {}],
  ['names/a', {}],
  ['names/a.b', {}],
  ['names/...', {}],
  ['names/-dash', {}],
  ['names/new\nline', {}],
  ['names/"quotes\'', {}],
  ['names/back\\slash', {}],
  ['names/\u0001control', {}],
  ['names/\u007f', {}],
  ['names/ü', {}],
  ['names/日本語', {}],
  ['names/\u{1f600}', {}],
  ['names/\uffee', {}],
  ['names/\ufeffbom', {}],
  ['names/\ue000private', {}],
  [`names/${'n'.repeat(255)}`, {}],
];

/** @type {readonly (readonly [string, string, Omit<Entry, 'path' | 'kind' | 'target'>])[]} */
const SYMLINKS = [
  ['link', '../target/path', { uid: 7, gid: 8 }],
  ['link-absolute', '/usr/bin/true', {}],
  ['link-dangling', 'no such thing', {}],
  ['link-unicode', 'zürich/東京/\u{1f600}', {}],
  ['link-bom', '\ufefftarget', {}],
  ['link-229', 't'.repeat(229), {}],
  ['link-237', 't'.repeat(237), {}],
  ['link-238', 't'.repeat(238), {}],
  ['link-239', 't'.repeat(239), {}],
  ['link-long', 'd/'.repeat(2000), {}],
  ['link-xattr', 'x', { xattrs: [['trusted.of-link', hex('0102')]] }],
];

/** @type {readonly (readonly [string, Omit<Entry, 'path' | 'kind'>])[]} */
const DIRS = [
  ['', { mode: 0o755 }],
  ['names', { mode: 0o755 }],
  ['dir-empty', { mode: 0o1777 }],
  ['dir-sgid', { mode: 0o2770, uid: 0, gid: 33 }],
  ['dir-none', { mode: 0o000 }],
  ['dir-all', { mode: 0o7777, uid: 1, gid: 2 }],
  [
    'dir-xattrs',
    {
      mode: 0o700,
      xattrs: [
        ['user.b', Buffer.from('2')],
        ['user.a', hex('00')],
        ['user.none', Buffer.alloc(0)],
      ],
    },
  ],
  ['dir-xattr-long', { mode: 0o755, xattrs: [['user.long', Buffer.alloc(400, 'w')]] }],
  ['nested', { mode: 0o755 }],
  ['nested/deeper', { mode: 0o755 }],
  ['nested/deeper/deepest', { mode: 0o755 }],
  ['nested/only-dirs', { mode: 0o755 }],
  ['nested/only-dirs/a', { mode: 0o755 }],
  ['nested/only-dirs/b', { mode: 0o711 }],
  ['big', { mode: 0o755 }],
  ['huge', { mode: 0o755 }],
];

/** Entries of `big`: enough for offsets of two bytes. */
export const BIG = 320;
/** Entries of `huge`: enough for offsets of four bytes. */
export const HUGE = 1900;

/**
 * Names in `big` and `huge`; every seventh is a directory.
 *
 * @param {number} index
 */
export const crowdName = (index) => `entry-${String(index).padStart(4, '0')}`;

/** @returns {Entry[]} */
function crowd(/** @type {string} */ dir, /** @type {number} */ count) {
  return [...Array(count).keys()].map((i) => ({
    path: `${dir}/${crowdName(i)}`,
    kind: i % 7 === 6 ? 'dir' : 'file',
    mode: i % 7 === 6 ? 0o755 : 0o644,
  }));
}

/** @type {readonly Entry[]} */
export const TREE = [
  ...DIRS.map(([path, rest]) => ({ path, kind: /** @type {const} */ ('dir'), ...rest })),
  ...FILES.map(([path, rest]) => ({ path, kind: /** @type {const} */ ('file'), mode: 0o644, ...rest })),
  ...SYMLINKS.map(([path, target, rest]) => ({ path, kind: /** @type {const} */ ('symlink'), target, ...rest })),
  { path: 'nested/deeper/deepest/file', kind: 'file', mode: 0o600, content: Buffer.from('deep') },
  ...crowd('big', BIG),
  ...crowd('huge', HUGE),
];
