import { variant } from '@ost/gvariant';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fixture, makePair } from './fixture.js';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.make();
});
afterEach(() => fixture.close());

const [one, two] = [makePair(), makePair()];
const inline = (...pairs: (typeof one)[]): [string, string[]] => [
  'verification-ed25519-key',
  pairs.map(({ text }) => text),
];
const required = ['sign-verify', 'ed25519'] as const;
const anyEngine = ['sign-verify', 'true'] as const;

describe('sign-verify', () => {
  it('needs no signature when it is off', async () => {
    for (const value of ['', '0', 'false']) await fixture.pull([['sign-verify', value]]);
  });

  it('takes a signature of the configured key', async () => {
    fixture.sign(one);
    await fixture.pull([required, inline(one)]);
    await fixture.pull([anyEngine, inline(one)]);
    await fixture.pull([['sign-verify', '1'], inline(one)]);
  });

  it('takes no other', async () => {
    for (const policy of [required, anyEngine]) {
      await expect(fixture.pull([policy, inline(one)])).rejects.toThrow(
        "Can't verify commit without detached metadata",
      );
    }
    fixture.sign(two);
    for (const policy of [required, anyEngine]) {
      await expect(fixture.pull([policy, inline(one)])).rejects.toThrow(
        `Can't verify commit ${fixture.commit}: ed25519: Signature couldn't be verified with: key '${one.id}'`,
      );
    }
  });

  it('takes any key of several, inline or in files, and any signature of several', async () => {
    fixture.sign(makePair(), two);
    await fixture.pull([required, inline(one, two)]);
    await fixture.pull([required, inline(two, one)]);
    const file = fixture.write('keys', `${one.text}\n${two.text}\n`);
    const other = fixture.write('other', `${one.text}\n`);
    await fixture.pull([required, ['verification-ed25519-file', file]]);
    await fixture.pull([required, ['verification-ed25519-file', [other, file]]]);
    await fixture.pull([required, inline(one), ['verification-ed25519-file', file]]);
    await expect(fixture.pull([required, inline(one), ['verification-ed25519-file', other]])).rejects.toThrow(
      "Signature couldn't be verified; tried 4 keys",
    );
  });

  it('fails where keys are missing or malformed', async () => {
    fixture.sign(one);
    const refuses = (message: string, ...keys: Parameters<Fixture['pull']>[0]) =>
      expect(fixture.pull(keys)).rejects.toThrow(message);
    await refuses('No keys found for required signapi type ed25519', required);
    await refuses('No keys found for required signapi type spki', ['sign-verify', ['ed25519', 'spki']], inline(one));
    await refuses('Requested signature type is not implemented', ['sign-verify', 'nosuch'], inline(one));
    await refuses('Requested signature type is not implemented', ['sign-verify', 'ed25519,spki'], inline(one));
    await refuses('signature: ed25519: no keys loaded', anyEngine);
    await refuses(
      "Failed loading 'ed25519' keys from inline `verification-key`: Invalid ed25519 public key",
      anyEngine,
      ['verification-ed25519-key', 'AAAA'],
    );
    await refuses("Failed loading 'ed25519' keys from '/nonexistent/keys'", anyEngine, [
      'verification-ed25519-file',
      '/nonexistent/keys',
    ]);
  });

  it('fails so before anything is fetched', async () => {
    const gone = ['url', 'http://127.0.0.1:1/'] as const;
    await expect(fixture.pull([required, gone])).rejects.toThrow('No keys found for required signapi type ed25519');
    await expect(fixture.pull([['sign-verify-summary', 'nosuch'], gone])).rejects.toThrow(
      'Requested signature type is not implemented',
    );
  });

  it('does not care about engines that nobody asked for', async () => {
    fixture.attach([['ostree.sign.other', variant('aay', [Buffer.from('x')])]]);
    await expect(fixture.pull([anyEngine, inline(one)])).rejects.toThrow(
      `Can't verify commit ${fixture.commit}: No signatures found`,
    );
  });

  it('takes the dummy engine only where the environment allows it', async () => {
    fixture.attach([['ostree.sign.dummy', variant('aay', [Buffer.from('key')])]]);
    const keys = [anyEngine, ['verification-dummy-key', 'key']] as const;
    await expect(fixture.pull(keys)).rejects.toThrow('No signatures found');
    await fixture.pull(keys, { env: { OSTREE_DUMMY_SIGN_ENABLED: '1' } });
    await expect(fixture.pull([['sign-verify', 'dummy'], keys[1]])).rejects.toThrow('only for ostree testing');
  });
});

describe('the keys of the machine', () => {
  it('count for remotes that have none and take any engine', async () => {
    fixture.write('machine/trusted.ed25519.d/vendor', `${two.text}\n${one.text}\n`);
    fixture.sign(one);
    await fixture.pull([anyEngine]);
    await expect(fixture.pull([anyEngine, inline(two)])).rejects.toThrow("Signature couldn't be verified with");
  });

  it('that are revoked count nowhere', async () => {
    fixture.write('machine/trusted.ed25519', `${one.text}\n`);
    fixture.write('machine/revoked.ed25519.d/leaked', `${one.text}\n`);
    fixture.sign(one);
    const revoked = `Can't verify commit ${fixture.commit}: ed25519: Signature was made with the revoked key '${one.id}'`;
    await expect(fixture.pull([anyEngine])).rejects.toThrow(revoked);
    await expect(fixture.pull([required, inline(one)])).rejects.toThrow(revoked);
    fixture.sign(one, two);
    await fixture.pull([required, inline(one, two)]);
  });

  it('that are revoked must all be readable', async () => {
    fixture.sign(one);
    fixture.write('machine/revoked.ed25519', 'mistyped\n');
    await expect(fixture.pull([required, inline(one)])).rejects.toMatchObject({ code: 'config' });
  });
});

describe('sign-verify-summary', () => {
  it('takes a summary that is signed with a key of the remote', async () => {
    const summary = ['sign-verify-summary', 'ed25519'] as const;
    await expect(fixture.pull([summary, inline(one)])).rejects.toThrow('no summary.sig found');
    await fixture.signSummary(two);
    await expect(fixture.pull([summary, inline(one)])).rejects.toThrow(/^ed25519: Signature couldn't be verified/);
    await fixture.signSummary(two, one);
    await fixture.pull([summary, inline(one)]);
    await expect(fixture.pull([summary, required, inline(one)])).rejects.toThrow('without detached metadata');
    fixture.sign(one);
    await fixture.pull([summary, required, inline(one)]);
  });

  it('has engines of its own', async () => {
    await fixture.signSummary(one);
    fixture.sign(one);
    await expect(fixture.pull([required, ['sign-verify-summary', 'spki'], inline(one)])).rejects.toThrow(
      'No keys found for required signapi type spki',
    );
  });
});
