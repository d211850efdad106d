/**
 * Gives the bundle Node's built-in modules. Those that every command uses come as ES modules of plain constants: esbuild
 * would otherwise copy every property of `node:fs` for each chunk that imports it. The others are loaded when one of
 * their exports is first used, since loading one takes up to some milliseconds.
 */
import { builtinModules, createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const ALWAYS = new Set(['node:buffer', 'node:fs', 'node:path']);

/** @param {string} name */
function contents(name) {
  const module = `require(${JSON.stringify(name)})`;
  const names = Object.keys(require(name)).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default');
  if (ALWAYS.has(name)) {
    const exports = names.map((key) => `export const ${key} = /* @__PURE__ */ (() => builtin.${key})();`);
    return [`const builtin = ${module};`, 'export default builtin;', ...exports].join('\n');
  }
  const getters = names.map((key) => `get ${key}() { return (builtin ??= ${module}).${key}; }`);
  return `let builtin; module.exports = { ${getters.join(', ')} };`;
}

/** @type {import('esbuild').Plugin} */
export const builtins = {
  name: 'builtins',
  setup(build) {
    const filter = new RegExp(`^(?:node:.+|${builtinModules.filter((m) => !m.startsWith('_')).join('|')})$`);
    build.onResolve({ filter }, ({ path, kind, namespace }) => {
      const direct = kind === 'require-call' || kind === 'dynamic-import';
      if (namespace === 'builtin' || direct) return { path, external: true };
      return { path: path.startsWith('node:') ? path : `node:${path}`, namespace: 'builtin', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: contents(path), loader: 'js' }));
  },
};
