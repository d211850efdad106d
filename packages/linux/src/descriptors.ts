import { endianness } from 'node:os';
import { bind, check, failure, lastErrno } from './libc.js';

const POLLIN = 1;
const EINTR = 4;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;

/** Waits until there is something to read, or the other side has gone, for at most so many milliseconds. */
export function isReadable(fd: number, timeout: number): boolean {
  const poll = bind('int poll(void *fds, unsigned long count, int timeout)');
  const entry = new Int32Array([fd, 0]);
  new Int16Array(entry.buffer)[2] = POLLIN;
  const result = poll(entry, 1, timeout);
  if (result >= 0) return result > 0;
  const errno = lastErrno();
  if (errno === EINTR) return false;
  throw failure(errno, 'poll');
}

/** Two connected Unix sockets. Close both with `fs.closeSync`. */
export function socketPair(): [number, number] {
  const pair = new Int32Array(2);
  check(
    bind('int socketpair(int domain, int type, int protocol, void *pair)')(AF_UNIX, SOCK_STREAM, 0, pair),
    'socketpair',
  );
  return [pair[0] as number, pair[1] as number];
}

/** The number that C knows a buffer by. The buffer must not be collected before C is done with it. */
function addressOf(buffer: Uint8Array): bigint {
  return BigInt(bind('uint64_t memcpy(void *to, const void *from, size_t size)')(buffer, buffer, 0));
}

/** Waits for a message that carries a file descriptor (SCM_RIGHTS); `null` when the other side says nothing more. */
export function receiveFd(socket: number): number | null {
  const data = Buffer.alloc(64);
  // struct cmsghdr on 64-bit machines: length, level, type; then the descriptor.
  const control = Buffer.alloc(64);
  const part = new BigUint64Array([addressOf(data), 1n]);
  const partBytes = new Uint8Array(part.buffer);
  // struct msghdr: name, its length, parts, their number, control data, its length, flags.
  const message = new BigUint64Array([
    0n,
    0n,
    addressOf(partBytes),
    1n,
    addressOf(control),
    BigInt(control.length),
    0n,
  ]);
  const received = check(bind('int64_t recvmsg(int socket, void *message, int flags)')(socket, message, 0), 'recvmsg');
  const header = new DataView(control.buffer, control.byteOffset, control.length);
  const little = endianness() === 'LE';
  const isFd = header.getInt32(8, little) === SOL_SOCKET && header.getInt32(12, little) === SCM_RIGHTS;
  // The kernel writes through these two, so they must live until here.
  const complete = received > 0 && part.length > 0 && (message[5] as bigint) >= 20n && data.length > 0;
  return complete && isFd ? header.getInt32(16, little) : null;
}
