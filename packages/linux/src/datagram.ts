import { closeSync } from 'node:fs';
import { endianness } from 'node:os';
import { bind, check } from './libc.js';
import { LinuxError } from './errors.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Length of `sun_path`, its NUL included. */
const MAX_PATH = 108;

/** Sends one datagram to the Unix socket at a path; fails with `EAGAIN` rather than wait for a slow reader. */
export function sendDatagram(path: string, data: Uint8Array): void {
  const address = socketAddress(path);
  const fd = check(
    bind('int socket(int domain, int type, int protocol)')(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
    'socket',
  );
  try {
    const sendto = bind('long sendto(int fd, void *data, size_t size, int flags, void *address, unsigned int length)');
    check(sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length), 'sendto', path);
  } finally {
    closeSync(fd);
  }
}

/** A `struct sockaddr_un`. */
function socketAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length === 0 || name.length >= MAX_PATH || name.includes(0)) {
    const reason = 'a socket must have a name of 1 to 107 bytes';
    throw new LinuxError({ errno: 22, code: 'EINVAL', reason, syscall: 'sendto', path });
  }
  const address = Buffer.alloc(2 + name.length + 1);
  if (endianness() === 'LE') address.writeUInt16LE(AF_UNIX);
  else address.writeUInt16BE(AF_UNIX);
  name.copy(address, 2);
  return address;
}
