/**
 * Lets the bundle import from the files of our packages instead of through their `index.js`. A chunk would otherwise
 * hold everything that an index names, since a module is put into chunks whole.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));
const sources = /\/(?:packages\/[a-z]+\/dist|apps\/ost\/src)\/.*\.m?[jt]s$/;

/** @param {string} names what stands between the braces @returns {[name: string, as: string][]} */
function specifiers(names) {
  const parts = names.split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', as = name] = part.split(/\s+as\s+/);
      return [name, as];
    });
}

/** @type {Map<string, Map<string, [name: string, file: string]>>} */
const indexes = new Map();

/** @param {string} name of a package @returns what its index exports, and from where */
function indexOf(name) {
  let index = indexes.get(name);
  if (index === undefined) {
    const folder = `${packages}${name}/dist/`;
    const text = readFileSync(`${folder}index.js`, 'utf8');
    index = new Map();
    for (const [, names = '', from = ''] of text.matchAll(/export\s*\{([^}]*)\}\s*from\s*'\.\/([^']+)'/g)) {
      for (const [inner, outer] of specifiers(names)) index.set(outer, [inner, folder + from]);
    }
    indexes.set(name, index);
  }
  return index;
}

/** @param {string} statement @param {string} names @param {string} from */
function direct(statement, names, from) {
  const index = indexOf(from);
  const imports = specifiers(names).map(([name, as]) => {
    const found = index.get(name);
    return found && `import { ${found[0]} as ${as} } from ${JSON.stringify(found[1])};`;
  });
  return imports.includes(undefined) ? statement : imports.join(' ');
}

/** @type {import('esbuild').Plugin} */
export const pastIndex = {
  name: 'past-index',
  setup(build) {
    build.onLoad({ filter: sources }, (args) => ({
      contents: readFileSync(args.path, 'utf8').replace(/import\s*\{([^}]*)\}\s*from\s*'@ost\/([a-z]+)';/g, direct),
      loader: args.path.endsWith('ts') ? 'ts' : 'js',
      resolveDir: path.dirname(args.path),
    }));
  },
};
