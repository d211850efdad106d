import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, packageOf } from '../src/imports.mjs';

test('every form of import is found', () => {
  const source = `
    import a from 'a';
    import {
      b,
      type B,
    } from "b/sub";
    import type { C } from '@c/c';
    import 'd';
    export { e } from './e.js';
    export type * from 'f';
    const g = await import('g');
    const h = createRequire(import.meta.url)('h');
    const i = require('i');
  `;
  const found = importsOf(source);
  for (const name of ['a', 'b/sub', '@c/c', 'd', './e.js', 'f', 'g', 'i']) assert.ok(found.includes(name), name);
});

test('comments import nothing', () => {
  assert.deepEqual(importsOf("/** import x from 'x' */\n// import('y')\nconst url = 'http://z';\n"), []);
});

test('a specifier names its package', () => {
  assert.equal(packageOf('@noble/hashes/sha2.js'), '@noble/hashes');
  assert.equal(packageOf('yargs/helpers'), 'yargs');
  assert.equal(packageOf('../x.js'), undefined);
});
