/** What a deployment has beside its links. */
import * as fs from 'node:fs';
import { syncfs } from '@ost/linux';
import { createHash } from 'node:crypto';
import { walk } from './walk.mjs';

/** @param {string} from a tree @param {string} to the deployment */
function makeEtc(from, to) {
  for (const name of walk('copy', `${from}/usr/etc`, `${to}/etc`)) {
    fs.copyFileSync(`${from}/usr/etc${name}`, `${to}/etc${name}`);
  }
}

/** @param {string} path in a file system, all of which is flushed */
function flush(path) {
  const fd = fs.openSync(path, 'r');
  syncfs(fd);
  fs.closeSync(fd);
}

/** @param {string} from a tree @param {string} to the deployment */
export function finishDeployment(from, to) {
  makeEtc(from, to);
  const modules = `${from}/usr/lib/modules`;
  for (const version of fs.readdirSync(modules)) {
    for (const name of ['vmlinuz', 'initramfs.img']) {
      const file = `${modules}/${version}/${name}`;
      createHash('sha256').update(fs.readFileSync(file)).digest();
      fs.copyFileSync(file, `${to}.${name}`);
    }
  }
  flush(to);
}

/**
 * @param {string} known what has to be looked at in a deployment, in a file
 * @param {string} to the deployment @param {string} objects of its repository
 */
export function renewDeployment(known, to, objects) {
  for (const name of fs.readFileSync(known, 'utf8').trimEnd().split('\n')) fs.lstatSync(`${to}/${name}`);
  for (const prefix of fs.readdirSync(objects)) fs.lstatSync(`${objects}/${prefix}`);
  flush(to);
}
