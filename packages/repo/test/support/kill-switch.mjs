// Preload: kills the process before its KILL_AT-th change of the file system.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.KILL_AT);

for (const name of ['fdatasyncSync', 'fsyncSync', 'linkSync', 'mkdirSync', 'renameSync', 'rmSync', 'writeSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (--left === 0) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();
