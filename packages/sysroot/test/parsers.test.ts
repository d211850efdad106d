import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec, variant } from '@ost/gvariant';
import { isOstError } from '@ost/objects';
import { formatBootLink, parseBootLink, parseDeploymentName, parseDpkgStatus, parseOsRelease } from '@ost/sysroot';
import { Fixture } from './fixture.js';

const SEED = Number(process.env['SEED'] ?? Date.now());
const settings = { seed: SEED, numRuns: 300 };
const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '));

/** A value, or an error that says what is wrong; never a failure of the program. */
function isClear(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    return isOstError(error) && error.message !== '';
  }
}

describe('os-release', () => {
  it('gives every value back that a shell would quote', () => {
    const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    const inDoubleQuotes = (text: string): string => `"${text.replaceAll(/["`$\\]/g, '\\$&')}"`;
    const property = fc.property(line, (text) => {
      expect(parseOsRelease(`A=${quoted(text)}\nB=${inDoubleQuotes(text)}`)).toEqual(
        new Map([
          ['A', text],
          ['B', text],
        ]),
      );
    });
    fc.assert(property, settings);
  });

  it('is never too odd', () => {
    fc.assert(
      fc.property(fc.string(), (text) => isClear(() => parseOsRelease(text))),
      settings,
    );
  });
});

describe('boot links and names of deployments', () => {
  const word = fc.stringMatching(/^[^/\s]+$/);

  it('are read as they were written', () => {
    const numbers = { bootversion: fc.nat(1), bootSerial: fc.nat(), os: word, bootChecksum: word };
    const property = fc.property(fc.record(numbers), (link) => {
      expect(parseBootLink(formatBootLink(link))).toEqual(link);
    });
    fc.assert(property, settings);
  });

  it.each([
    '',
    '/',
    '/ostree/boot.2/os/sum/0',
    '/ostree/boot.1/os/sum/',
    '/ostree/boot.1/a/b/c/0',
    'ostree/boot.1/o/s/0',
  ])('refuse %j', (text) => {
    expect(() => parseBootLink(text)).toThrow(`Invalid ostree= argument 'ostree=${text}'`);
  });

  it.each(['', 'abc', 'abc.', '.0', 'ABC.0', 'abc.0.1', 'abc.-1', 'abc.0\n'])('refuse the name %j', (text) => {
    expect(() => parseDeploymentName(text)).toThrow(`Invalid deploy name '${text}'`);
  });
});

describe('dpkg status', () => {
  it('gives what is installed', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9+.-]*$/);
    const entry = fc.record({ name, version: fc.stringMatching(/^[0-9][0-9.~+:-]*$/), installed: fc.boolean() });
    const property = fc.property(fc.uniqueArray(entry, { selector: (one) => one.name }), (entries) => {
      const text = entries.map((one) => {
        const status = one.installed ? 'install ok installed' : 'deinstall ok config-files';
        return `Package: ${one.name}\nStatus: ${status}\nArchitecture: all\nVersion: ${one.version}\nDescription: x\n y\n`;
      });
      const installed = entries.filter((one) => one.installed);
      expect(parseDpkgStatus(text.join('\n'))).toEqual(
        new Map(installed.map((one) => [`${one.name}:all`, one.version])),
      );
    });
    fc.assert(property, settings);
  });

  it('is never too odd', () => {
    fc.assert(
      fc.property(fc.string(), (text) => isClear(() => parseDpkgStatus(text))),
      settings,
    );
  });
});

describe('files of a running system', () => {
  async function running(): Promise<Fixture> {
    const fixture = await Fixture.running();
    fs.mkdirSync(join(fixture.run, 'ostree'), { recursive: true });
    return fixture;
  }

  it.each(['ostree-booted', 'ostree/staged-deployment'])('%s of any content is read or refused', async (name) => {
    const fixture = await running();
    const path = join(fixture.run, name);
    const sound = codec('a{sv}').encode([
      ['target', variant('a{sv}', [['name', variant('s', `${'0'.repeat(64)}.0`)]])],
      ['backing-root-device-inode', variant('(tt)', [1n, 2n])],
    ]);
    const damaged = fc
      .tuple(fc.nat(sound.length - 1), fc.nat(255))
      .map(([at, byte]) => sound.map((old, index) => (index === at ? byte : old)));
    const cut = fc.nat(sound.length).map((length) => sound.subarray(0, length));
    const content = fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged, cut);
    const property = fc.asyncProperty(content, async (bytes) => {
      fs.writeFileSync(path, bytes);
      const result = await fixture.open().catch((error: unknown) => error);
      // What is wrong with the program itself would come as an error of no particular kind.
      if (result instanceof Error)
        expect(result).toMatchObject({ code: expect.stringMatching(/^(corrupt|state|not-found|invalid-.*)$/) });
    });
    await fc.assert(property, { ...settings, numRuns: 100 });
  });

  const target = variant('a{sv}', [
    ['name', variant('s', `${'0'.repeat(64)}.0`)],
    ['osname', variant('s', 'testos')],
    ['bootcsum', variant('s', '')],
  ]);

  it.each([
    ['nothing', {}, 'Missing key: target'],
    ['a target of another type', { target: variant('s', 'x') }, 'Key target has type s, not a{sv}'],
    ['a target without a name', { target: variant('a{sv}', []) }, 'Missing key: name'],
    ['a number for a name', { target: variant('a{sv}', [['name', variant('u', 1)]]) }, 'Key name has type u, not s'],
    ['a number for arguments', { target, kargs: variant('u', 1) }, 'Key kargs has type u, not as'],
    ['a text for overlays', { target, 'overlay-initrds': variant('s', '') }, 'Key overlay-initrds has type s'],
  ])('a record of what is staged with %s is refused', async (_, content, text) => {
    const fixture = await running();
    const bytes = codec('a{sv}').encode(Object.entries(content));
    fs.writeFileSync(join(fixture.run, 'ostree/staged-deployment'), bytes);
    await expect(fixture.open()).rejects.toThrow(`loading sysroot: ${text}`);
  });

  it('a marker of the running system with a value of another type is refused', async () => {
    const fixture = await running();
    const bytes = codec('a{sv}').encode([['backing-root-device-inode', variant('s', 'x')]]);
    fs.writeFileSync(join(fixture.run, 'ostree-booted'), bytes);
    await expect(fixture.open()).rejects.toThrow('Key backing-root-device-inode has type s, not (tt)');
  });
});
