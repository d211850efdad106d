export { addSecurityArchive, debianObstacle, debootstrap, findMirrors, installPackages } from './debian.mjs';
export { capture, hasCommand, run } from './exec.mjs';
export { copyTree, toOstreeLayout } from './layout.mjs';
export { benchTrees } from './bench-trees.mjs';
