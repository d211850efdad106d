import { resolve } from 'node:path';
import { benchTrees } from './bench-trees.mjs';

const dir = process.argv[2] ?? process.env['OST_BENCH_DIR'];
if (dir === undefined) {
  console.error('usage: main.mjs DIRECTORY (or set OST_BENCH_DIR)');
  process.exit(2);
}
const trees = await benchTrees(resolve(dir), (message) => console.log(message));
console.log(trees.v1);
console.log(trees.v2);
