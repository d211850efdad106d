import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Text in quotes is kept, comments go: they quote imports as examples. */
const COMMENT_OR_TEXT = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

const FORMS = [
  /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /(?<![.#\w])require\(\s*['"]([^'"]+)['"]/g,
  /\bcreateRequire\([^()]*\)\(\s*['"]([^'"]+)['"]/g,
];

/**
 * @param {string} source TypeScript or JavaScript
 * @returns {string[]} what it imports, for values or types, at the start or later
 */
export function importsOf(source) {
  const code = source.replace(COMMENT_OR_TEXT, (_, text) => text ?? ' ');
  return FORMS.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''));
}

/**
 * @param {string} dir
 * @returns {string[]} the source files in and below it
 */
export function sourceFiles(dir) {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * @param {string} specifier
 * @returns {string | undefined} the package that it names; undefined for a file
 */
export function packageOf(specifier) {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return undefined;
  const [first = '', second] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/**
 * @param {string} dir
 * @returns {{ file: string, specifier: string }[]}
 */
export function importsBelow(dir) {
  return sourceFiles(dir).flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).map((specifier) => ({ file, specifier })),
  );
}
