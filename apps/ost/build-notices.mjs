import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * @param {string} base the folder that input paths are relative to
 * @param {readonly string[]} inputs files that went into the bundle
 * @returns {string} names and licences of the packages they come from
 */
export function notices(base, inputs) {
  const marker = 'node_modules/';
  const roots = new Set();
  for (const input of inputs) {
    const at = input.lastIndexOf(marker);
    if (at === -1) continue;
    const [first = '', second = ''] = input.slice(at + marker.length).split('/');
    roots.add(input.slice(0, at + marker.length) + (first.startsWith('@') ? `${first}/${second}` : first));
  }
  const texts = [...roots].map((root) => {
    const folder = resolve(base, root);
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file !== undefined && existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8') : '';
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return `This file lists the packages that ost.js contains.\n\n${texts.sort().join(`\n${'-'.repeat(80)}\n\n`)}`;
}
