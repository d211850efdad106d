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

/** What chunks export, whether they have run or not. @type {Map<string, Exports>} */
const modules = new Map();
/** Names of those that run, or have run. @type {Set<string>} */
const loaded = new Set();

/** @param {string} name @returns {Chunk | undefined} */
function chunk(name) {
  if (Object.hasOwn(core, name)) return core[name];
  const text = code.part(name);
  return text && run(name, text, cache.part(name));
}

/** @param {string} name */
function exportsOf(name) {
  let exports = modules.get(name);
  if (exports === undefined) modules.set(name, (exports = {}));
  return exports;
}

/** @param {string} name of a chunk, or of what Node knows */
function load(name) {
  if (!name.startsWith('./')) return require(name);
  const exports = exportsOf(name);
  if (loaded.has(name)) return exports;
  const body = chunk(name);
  if (body === undefined) return require(name);
  loaded.add(name);
  body(exports, load, lazy, expose, __filename);
  return exports;
}

/**
 * What one chunk imports from another, which runs when that is first used: most commands use little of what they import.
 * @param {string} name
 * @param {readonly string[]} keys names of the exports
 */
function lazy(name, keys) {
  const exports = exportsOf(name);
  for (const key of keys) {
    if (key in exports) continue;
    const get = () => {
      load(name);
      return exports[key];
    };
    Object.defineProperty(exports, key, { get, configurable: true });
  }
  return exports;
}

/**
 * Gives a chunk that begins to run its exports.
 * @param {Exports} exports @param {Record<string, () => unknown>} getters
 */
function expose(exports, getters) {
  Object.defineProperty(exports, '__esModule', { value: true });
  for (const key in getters) Object.defineProperty(exports, key, { get: getters[key], enumerable: true });
}

if (require.main === module) load('./main.js');
module.exports = { load, loaded, scripts };
