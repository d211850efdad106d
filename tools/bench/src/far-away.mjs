/** A server that is so many milliseconds away: PORT TARGET-PORT MS. Connections and requests arrive that much later. */
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const [port = 0, target = 0, ms = 0] = process.argv.slice(2).map(Number);

/** A client sends its next request when it has an answer, so no two of them wait here. @param {AsyncIterable<Buffer>} requests */
async function* delayed(requests) {
  await sleep(ms);
  for await (const request of requests) {
    await sleep(ms);
    yield request;
  }
}

createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
  upstream.pipe(client);
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', end);
  pipeline(client, delayed, upstream).then(end, end);
}).listen(port, '127.0.0.1');
