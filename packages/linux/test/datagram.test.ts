import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendDatagram } from '@ost/linux';
import { scratch } from './scratch.js';

const RECEIVE = `
  use IO::Socket::UNIX;
  $| = 1;
  my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
  print "ready\\n";
  $socket->recv(my $data, 65536);
  print $data;`;

const dir = scratch();

describe('a datagram', () => {
  it.skipIf(spawnSync('perl', ['-MIO::Socket::UNIX', '-e', '1']).status !== 0)('arrives as it was sent', async () => {
    const path = join(dir, 'socket');
    const receiver = spawn('perl', ['-e', RECEIVE, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const received: Buffer[] = [];
    receiver.stdout.on('data', (data: Buffer) => received.push(data));
    await once(receiver.stdout, 'data');
    sendDatagram(path, Uint8Array.of(1, 0, 255, 10));
    await once(receiver, 'close');
    expect(Buffer.concat(received)).toEqual(Buffer.from('ready\n\u0001\u0000\u00ff\n', 'latin1'));
  });

  it('fails where nobody listens, and for what is no name of a socket', () => {
    const nowhere = join(dir, 'none');
    expect(() => sendDatagram(nowhere, new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    for (const path of ['', `/${'x'.repeat(107)}`, 'a\0b']) {
      expect(() => sendDatagram(path, new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    }
  });
});
