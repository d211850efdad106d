import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';

/** @returns {Promise<number>} a port that nothing listens on */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** @param {number} port */
async function listening(port) {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx did not start');
}

/**
 * Serves a folder on the loopback interface.
 *
 * @param {string} folder
 * @param {string} scratch
 * @returns {Promise<{ url: string, stop: () => void }>}
 */
export async function serve(folder, scratch) {
  const port = await freePort();
  mkdirSync(scratch, { recursive: true });
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${scratch}/${n};`);
  const text = `daemon off; ${user} worker_processes 1; pid ${scratch}/pid; error_log ${scratch}/error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/octet-stream;
  ${temp.join(' ')}
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`;
  const config = join(scratch, 'nginx.conf');
  writeFileSync(config, text);
  const child = spawn('nginx', ['-c', config, '-e', `${scratch}/error.log`, '-p', scratch], { stdio: 'ignore' });
  const stop = () => child.kill('SIGTERM');
  child.on('error', () => {});
  await listening(port);
  return { url: `http://127.0.0.1:${port}`, stop };
}
