/** One member of an archive that a test makes by hand. */
export interface Member {
  readonly name: string | Uint8Array;
  /** @default '0', or '5' when the name ends in a slash */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly link?: string | Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** What the header states. @default the length of the content */
  readonly size?: number;
  /** @default 'ustar' */
  readonly magic?: 'ustar' | 'gnu' | 'v7';
  readonly prefix?: string;
  /** Records of a pax header in front. */
  readonly pax?: readonly (readonly [key: string, value: string | Uint8Array])[];
  /** Changes the header before its checksum is taken. */
  readonly patch?: (header: Buffer) => void;
}

const MAGIC = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' };

/** The bytes of members, and the two blocks of zeros that end an archive. */
export function tar(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(member), Buffer.alloc(1024)]);
}

/** The bytes of one member. */
export function member(entry: Member): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(512);
  const name = Buffer.from(entry.name);
  name.copy(header, 0, 0, 100);
  header.write(octal(entry.mode ?? (isDirectory(name) ? 0o755 : 0o644), 8), 100);
  header.write(octal(entry.uid ?? 0, 8), 108);
  header.write(octal(entry.gid ?? 0, 8), 116);
  header.write(octal(entry.size ?? content.length, 12), 124);
  header.write(octal(1_600_000_000, 12), 136);
  header.write(entry.type ?? (isDirectory(name) ? '5' : '0'), 156);
  Buffer.from(entry.link ?? '').copy(header, 157, 0, 100);
  header.write(MAGIC[entry.magic ?? 'ustar'], 257);
  header.write(entry.prefix ?? '', 345);
  entry.patch?.(header);
  sealed(header);
  return Buffer.concat([pax(entry), header, padded(content)]);
}

/** Puts the checksum in. */
export function sealed(header: Buffer): Buffer {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** One record of a pax header. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length++;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

function pax({ pax: records = [] }: Member): Buffer {
  if (records.length === 0) return Buffer.alloc(0);
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  return member({ name: 'PaxHeaders/x', type: 'x', content });
}

function isDirectory(name: Uint8Array): boolean {
  return name.at(-1) === 0x2f;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** Content filled up to a block. */
export function padded(content: Uint8Array): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A file of a newc archive; hard links share an inode. */
export interface CpioMember {
  readonly name: string;
  readonly mode: number;
  readonly content?: string;
  readonly inode: number;
  readonly links?: number;
}

/** A cpio archive in newc format. */
export function newc(...members: readonly CpioMember[]): Buffer {
  const all = [...members, { name: 'TRAILER!!!', mode: 0, inode: 0 }];
  return Buffer.concat(
    all.flatMap(({ name, mode, content = '', inode, links = 1 }) => {
      const fields = [
        inode,
        mode,
        5,
        6,
        links,
        0,
        Buffer.byteLength(content),
        0,
        1,
        0,
        0,
        Buffer.byteLength(name) + 1,
        0,
      ];
      const head = `070701${fields.map((n) => n.toString(16).padStart(8, '0')).join('')}${name}\0`;
      return [aligned(head), aligned(content)];
    }),
  );
}

function aligned(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** Bytes as a stream in pieces of the given sizes, over and over. */
export async function* inPieces(bytes: Uint8Array, ...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
