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
  throw new Error(`Nothing listens on port ${port}`);
}

/**
 * What the cases pull from.
 *
 * @typedef {object} Servers
 * @property {string} near the folder's URL
 * @property {string} failing the same folder, where one request of a hundred is answered with status 500
 * @property {string} far the same folder, 50 ms away
 * @property {string} loose the same folder, without its summaries and static deltas
 */

/**
 * Serves a folder on the loopback interface.
 *
 * @param {string} folder
 * @param {string} scratch
 * @returns {Promise<{ urls: Servers, stop: () => void }>}
 */
export async function serve(folder, scratch) {
  const near = await freePort();
  const failing = await freePort();
  const far = await freePort();
  const loose = await freePort();
  mkdirSync(scratch, { recursive: true });
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${scratch}/${n};`);
  const text = `daemon off; ${user} worker_processes 1; pid ${scratch}/pid; error_log ${scratch}/error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/octet-stream;
  ${temp.join(' ')}
  split_clients $request_id $fails { 1% 1; * ''; }
  server { listen 127.0.0.1:${near}; root ${folder}; }
  server { listen 127.0.0.1:${failing}; root ${folder}; if ($fails) { return 500; } }
  server { listen 127.0.0.1:${loose}; root ${folder}; location ~ ^/[^/]+/(summary|deltas|delta-indexes) { return 404; } }
}
`;
  const config = join(scratch, 'nginx.conf');
  writeFileSync(config, text);
  const children = [
    spawn('nginx', ['-c', config, '-e', `${scratch}/error.log`, '-p', scratch], { stdio: 'ignore' }),
    spawn(process.execPath, [join(import.meta.dirname, 'far-away.mjs'), `${far}`, `${near}`, '50'], {
      stdio: 'ignore',
    }),
  ];
  for (const child of children) child.on('error', () => {});
  await Promise.all([near, failing, far, loose].map(listening));
  const url = (/** @type {number} */ port) => `http://127.0.0.1:${port}`;
  return {
    urls: { near: url(near), failing: url(failing), far: url(far), loose: url(loose) },
    stop: () => children.forEach((child) => child.kill('SIGTERM')),
  };
}
