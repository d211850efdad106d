import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { APP_RULE, ARROWS } from '../src/arrows.mjs';
import { importsBelow, packageOf } from '../src/imports.mjs';
import { inOrder, members, root, runtimeDependencies } from '../src/workspace.mjs';

const packages = members('packages');
const apps = members('apps');

/** @param {string} specifier */
const isBuiltin = (specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier);

/** @param {import('../src/workspace.mjs').Member} member @param {string} folder */
const importsIn = (member, folder) =>
  existsSync(join(member.dir, folder)) ? importsBelow(join(member.dir, folder)) : [];

/** @param {readonly { file: string, specifier: string }[]} wrong */
const listing = (wrong) => wrong.map(({ file, specifier }) => `${relative(root, file)}: ${specifier}`);

test('every package has a rule', () => {
  assert.deepEqual(packages.map(({ manifest }) => manifest.name).sort(), Object.keys(ARROWS).sort());
});

for (const member of [...packages, ...apps]) {
  const { name } = member.manifest;
  const rule = ARROWS[name] ?? APP_RULE;

  test(`${name} imports what its place allows`, () => {
    const imports = importsIn(member, 'src');
    assert.ok(imports.length > 0, 'no import was found at all');
    const wrong = imports.filter(({ specifier }) => {
      if (isBuiltin(specifier)) return !rule.node;
      const target = packageOf(specifier);
      return target !== undefined && target !== name && !rule.packages.includes(target);
    });
    assert.deepEqual(listing(wrong), []);
  });

  test(`${name} depends on what its place allows`, () => {
    const wrong = runtimeDependencies(member.manifest).filter((target) => !rule.packages.includes(target));
    // An app's dependencies are what its bundle leaves out.
    assert.deepEqual(apps.includes(member) ? [] : wrong, []);
  });

  test(`${name} declares what it imports`, () => {
    const declared = new Set(runtimeDependencies(member.manifest));
    const develop = new Set([...declared, ...Object.keys(member.manifest.devDependencies ?? {})]);
    const undeclared = (/** @type {string} */ folder, /** @type {Set<string>} */ known) =>
      importsIn(member, folder).filter(({ specifier }) => {
        const target = packageOf(specifier);
        return target !== undefined && target !== name && !isBuiltin(specifier) && !known.has(target);
      });
    // An app is bundled, so what its source imports need not be there when it runs.
    assert.deepEqual(listing(undeclared('src', apps.includes(member) ? develop : declared)), []);
    assert.deepEqual(listing(undeclared('test', develop)), []);
  });

  test(`${name} imports what it declares`, () => {
    const imported = new Set(importsIn(member, 'src').map(({ specifier }) => packageOf(specifier)));
    const idle = runtimeDependencies(member.manifest).filter((target) => !imported.has(target));
    // An app's dependencies are those of the packages in its bundle.
    assert.deepEqual(apps.includes(member) ? [] : idle, []);
  });

  test(`${name} reaches into no other package's files`, () => {
    const wrong = importsIn(member, 'src').filter(({ file, specifier }) => {
      if (specifier.startsWith('.')) return !join(file, '..', specifier).startsWith(`${member.dir}/src/`);
      return specifier.startsWith('@ost/') && specifier.split('/').length > 2;
    });
    assert.deepEqual(listing(wrong), []);
  });
}

test('there is no cycle', () => {
  assert.equal(inOrder([...packages, ...apps]).length, packages.length + apps.length);
});
