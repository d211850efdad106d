#!/usr/bin/env node
/**
 * Starts the bundle. It is made of chunks, so that a small command reads and compiles little: those that every command
 * needs, the core, are one script, and each of the others is one. Beside the bundle lies what V8 has compiled of it
 * before (its code cache), which saves most of the rest. The cache is for the V8 that the bundle was built with; under
 * another one scripts are compiled as usual. Worker threads start here as well.
 */
'use strict';
const { openSync, readSync } = require('node:fs');
const { Script } = require('node:vm');

const bundle = `${__dirname}/../dist/ost.js`;

/** @param {number} fd @param {number} start @param {number} length */
function read(fd, start, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, start));
}

/** A file of parts: the lengths of the next two in a line, the core's part, a table in JSON, the other parts. */
class Parts {
  #fd;
  #tableStart;
  #start;
  /** @type {Record<string, [start: number, length: number]> | undefined} */
  #table;

  /** @param {string} path @param {number} expected so many bytes mostly hold the core's part */
  constructor(path, expected) {
    this.#fd = openSync(path, 'r');
    const head = read(this.#fd, 0, expected);
    const line = head.indexOf(10) + 1;
    const [core = 0, table = 0] = head.latin1Slice(0, line).split(' ').map(Number);
    this.#tableStart = line + core;
    this.#start = this.#tableStart + table;
    this.core = this.#tableStart > head.length ? read(this.#fd, line, core) : head.subarray(line, this.#tableStart);
  }

  /** @param {string} name of a chunk */
  part(name) {
    this.#table ??= JSON.parse(read(this.#fd, this.#tableStart, this.#start - this.#tableStart).latin1Slice());
    const place = this.#table?.[name];
    return place && read(this.#fd, this.#start + place[0], place[1]);
  }
}

function openCache() {
  try {
    return new Parts(`${bundle}.${process.versions.v8}.cache`, 3 << 16);
  } catch {
    return { core: undefined, part: () => undefined };
  }
}

const code = new Parts(bundle, 7 << 14);
const cache = openCache();

/** @typedef {Record<string, unknown>} Exports */
/** @typedef {(...parameters: unknown[]) => void} Chunk */
/** @type {Map<string, Script>} */
const scripts = new Map();

/** @param {string} name @param {Buffer} text @param {Buffer | undefined} cachedData */
function run(name, text, cachedData) {
  // esbuild writes plain ASCII, which Latin-1 reads fastest.
  const script = new Script(text.latin1Slice(), { filename: `ost:${name}`, cachedData });
  scripts.set(name, script);
  return script.runInThisContext();
}

/** @type {Record<string, Chunk>} */
const core = run('core', code.core, cache.core);

/** @type {Map<string, { exports: Exports }>} */
const modules = new Map();

/** @param {string} name @returns {Chunk | undefined} */
function chunk(name) {
  if (Object.hasOwn(core, name)) return core[name];
  const text = code.part(name);
  return text && run(name, text, cache.part(name));
}

/** @param {string} name */
function load(name) {
  let module = modules.get(name);
  if (module === undefined) {
    const body = name.startsWith('./') ? chunk(name) : undefined;
    if (body === undefined) return require(name);
    module = { exports: {} };
    modules.set(name, module);
    body(module.exports, load, lazy, module, __filename);
  }
  return module.exports;
}

/**
 * What one chunk imports from another, which runs when that is first used: most commands use little of what they import.
 * @param {string} name
 * @param {readonly string[]} keys names of the exports
 */
function lazy(name, keys) {
  /** @type {Exports} */
  const imports = {};
  for (const key of keys) {
    const get = () => {
      const exports = load(name);
      Object.defineProperty(imports, key, Object.getOwnPropertyDescriptor(exports, key) ?? {});
      return exports[key];
    };
    Object.defineProperty(imports, key, { get, configurable: true });
  }
  return imports;
}

if (require.main === module) load('./main.js');
module.exports = { load, modules, scripts };
