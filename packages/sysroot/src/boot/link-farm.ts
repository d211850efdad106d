import { join } from 'node:path';
import { makeDirs, removeTree, replaceSymlink } from '../files/files.js';
import type { Deployment } from '../state/deployment.js';
import type { Layout } from '../state/layout.js';

/** Writes the directory of links that `ostree=` arguments point through; nothing refers to it yet. */
export function writeLinkFarm(
  layout: Layout,
  bootversion: number,
  subbootversion: number,
  deployments: readonly Deployment[],
): void {
  const farm = layout.linkFarm(bootversion, subbootversion);
  removeTree(farm);
  makeDirs(farm, 0o755);
  for (const deployment of deployments) {
    const dir = join(farm, deployment.os, deployment.bootChecksum);
    makeDirs(dir, 0o755);
    const target = `../../../deploy/${deployment.os}/deploy/${deployment.name}`;
    replaceSymlink(target, join(dir, String(deployment.bootSerial)));
  }
}

/** Makes a link farm the active one of its bootversion. */
export function activateLinkFarm(layout: Layout, bootversion: number, subbootversion: number): void {
  replaceSymlink(`boot.${bootversion}.${subbootversion}`, layout.linkFarm(bootversion));
}
