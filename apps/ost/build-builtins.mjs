/**
 * Gives the bundle Node's built-in modules as ES modules of plain constants. esbuild would otherwise copy every property
 * of `node:fs` for each file that imports it, which takes longer than a small command does.
 */
import { builtinModules, createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** @param {string} name */
function contents(name) {
  const module = require(name);
  const names = Object.keys(module).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
  const exports = names.map((key) => `export const ${key} = /* @__PURE__ */ (() => builtin.${key})();`);
  return [`const builtin = require(${JSON.stringify(name)});`, 'export default builtin;', ...exports].join('\n');
}

/** @type {import('esbuild').Plugin} */
export const builtins = {
  name: 'builtins',
  setup(build) {
    const filter = new RegExp(`^(?:node:.+|${builtinModules.filter((m) => !m.startsWith('_')).join('|')})$`);
    build.onResolve({ filter }, ({ path, kind, namespace }) => {
      if (namespace === 'builtin' || kind === 'require-call') return { path, external: true };
      return { path: path.startsWith('node:') ? path : `node:${path}`, namespace: 'builtin', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: contents(path), loader: 'js' }));
  },
};
