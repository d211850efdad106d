/** What a deployment has beside its links. */
import * as fs from 'node:fs';
import { syncfs } from '@ost/linux';
import { createHash } from 'node:crypto';
import { walk } from './walk.mjs';

/** @param {string} from a tree @param {string} to the deployment */
export function finishDeployment(from, to) {
  for (const name of walk('copy', `${from}/usr/etc`, `${to}/etc`)) {
    fs.copyFileSync(`${from}/usr/etc${name}`, `${to}/etc${name}`);
  }
  const modules = `${from}/usr/lib/modules`;
  for (const version of fs.readdirSync(modules)) {
    for (const name of ['vmlinuz', 'initramfs.img']) {
      const file = `${modules}/${version}/${name}`;
      createHash('sha256').update(fs.readFileSync(file)).digest();
      fs.copyFileSync(file, `${to}.${name}`);
    }
  }
  const fd = fs.openSync(to, 'r');
  syncfs(fd);
  fs.closeSync(fd);
}
