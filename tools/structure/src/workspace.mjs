import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../..');

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} [version]
 * @property {string} [license]
 * @property {boolean} [private]
 * @property {string} [type]
 * @property {boolean} [sideEffects]
 * @property {Record<string, string>} [engines]
 * @property {Record<string, string | Record<string, string>>} [exports]
 * @property {Record<string, string>} [bin]
 * @property {readonly string[]} [files]
 * @property {string} [description]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [devDependencies]
 *
 * @typedef {object} Member
 * @property {string} dir absolute
 * @property {string} path from the root of the workspace
 * @property {Manifest} manifest
 */

/**
 * @param {'packages' | 'apps' | 'tools'} group
 * @returns {Member[]}
 */
export function members(group) {
  return readdirSync(join(root, group))
    .map((name) => join(group, name))
    .filter((path) => existsSync(join(root, path, 'package.json')))
    .map((path) => ({
      dir: join(root, path),
      path,
      manifest: JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')),
    }));
}

/** @param {Manifest} manifest */
export const runtimeDependencies = (manifest) =>
  Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies });

/**
 * Members so ordered that each comes after those it depends on; throws on a cycle.
 *
 * @param {readonly Member[]} list
 * @returns {Member[]}
 */
export function inOrder(list) {
  const byName = new Map(list.map((member) => [member.manifest.name, member]));
  /** @type {Member[]} */
  const ordered = [];
  const visit = (/** @type {Member} */ member, /** @type {readonly string[]} */ trail) => {
    const { name } = member.manifest;
    if (trail.includes(name)) throw new Error(`A cycle: ${[...trail, name].join(' -> ')}`);
    if (ordered.includes(member)) return;
    for (const dependency of runtimeDependencies(member.manifest)) {
      const next = byName.get(dependency);
      if (next !== undefined) visit(next, [...trail, name]);
    }
    ordered.push(member);
  };
  for (const member of list) visit(member, []);
  return ordered;
}
