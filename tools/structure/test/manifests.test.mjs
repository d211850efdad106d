import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { members, root } from '../src/workspace.mjs';

const packages = members('packages');
const published = [...packages, ...members('apps').filter(({ manifest }) => manifest.private !== true)];
const all = [...published, ...members('tools')];
const readme = existsSync(join(root, 'README.md')) ? readFileSync(join(root, 'README.md'), 'utf8') : '';
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

for (const { dir, path, manifest } of published) {
  const { name } = manifest;

  test(`${name} is fit to be published`, () => {
    assert.equal(manifest.license, 'MIT');
    assert.equal(manifest.sideEffects, false);
    assert.deepEqual(manifest.engines, engines);
    assert.ok((manifest.description ?? '').length > 10, 'description');
    assert.match(manifest.version ?? '', /^\d+\.\d+\.\d+/);
    assert.ok(manifest.files?.includes('dist'), 'files');
    assert.ok(!manifest.files?.some((file) => /^(src|test)/.test(file)), 'files without sources and tests');
    assert.ok(manifest.private !== true, 'private');
  });

  test(`${name} has a README of its own`, () => {
    const file = join(dir, 'README.md');
    assert.ok(existsSync(file), `${path}/README.md is missing`);
    const text = readFileSync(file, 'utf8');
    assert.ok(text.startsWith(`# ${name}\n`), 'begins with the name');
    assert.ok(text.length > 400, 'says something');
    if (packages.some((member) => member.manifest === manifest)) {
      assert.match(text, /^```(?:ts|js|typescript|javascript)\b/m, 'has an example in TypeScript');
    }
  });

  test(`${name} stands in the table of the root README`, () => {
    assert.ok(readme.includes(`](${path})`) || readme.includes(`](${path}/`), `no link to ${path}`);
  });
}

for (const { manifest } of packages) {
  test(`${manifest.name} has one typed entry`, () => {
    assert.equal(manifest.type, 'module');
    assert.deepEqual(manifest.exports, {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      ...('./package.json' in (manifest.exports ?? {}) ? { './package.json': './package.json' } : {}),
    });
  });

  test(`${manifest.name} lists its exports by hand`, () => {
    const text = readFileSync(join(root, 'packages', manifest.name.replace('@ost/', ''), 'src/index.ts'), 'utf8');
    assert.doesNotMatch(text, /^export \* /m);
  });
}

for (const { manifest, path } of all) {
  test(`${manifest.name} takes shared versions from the catalogue`, () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    const wrong = Object.entries(versions).filter(([, range]) => !/^(catalog:|workspace:)/.test(range));
    assert.deepEqual(wrong, [], path);
  });
}

test('the lock file names no registry', () => {
  assert.doesNotMatch(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'), /https?:\/\//);
});
