import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandTable, type CommandSpec } from '@ost/cli';
import { bad, good, ost, Place } from './support/ost.js';

const place = new Place();
let repo: string;

beforeAll(async () => {
  repo = await place.repo();
});
afterAll(() => place.remove());

function allCommands(spec: CommandSpec, names: readonly string[] = []): (readonly string[])[] {
  return (spec.commands ?? []).flatMap((command) => {
    const path = [...names, command.name];
    return [path, ...allCommands(command, path)];
  });
}

describe('help', () => {
  test.each(allCommands(commandTable).map((names) => names.join(' ')))('%s', async (name) => {
    const { code, stdout, stderr } = await ost([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.match(/^Usage:$/gm)).toHaveLength(1);
    expect(stdout).toContain(`  ost ${name} [OPTION…]`);
    expect(stdout).toContain('Help Options:\n  -h, --help');
    expect(stdout).toContain('Application Options:\n');
  });

  test('of the program', async () => {
    expect(await good(['--help'])).toMatchSnapshot();
  });

  test('of a command', async () => {
    expect(await good(['refs', '--help'])).toMatchSnapshot();
  });

  test('of a group', async () => {
    expect(await good(['remote', '-h'])).toMatchSnapshot();
  });

  test('a letter that a command takes for itself', async () => {
    expect(await good(['summary', '--help'])).toMatch(/-v, --view[\s\S]*\n {6}--verbose/);
  });
});

describe('groups', () => {
  test('no command', async () => {
    const { code, stdout, stderr } = await ost([]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Usage:\n {2}ost \[OPTION…\] COMMAND\n[\s\S]*\n\nerror: No command specified\n$/);
  });

  test('unknown command', async () => {
    expect(await bad(['frobnicate'])).toBe("Unknown command 'frobnicate'");
  });

  test('unknown command on a terminal', async () => {
    const { stderr } = await ost(['chekout'], { isTTY: true });
    expect(stderr).toContain("Unknown command 'chekout'; did you mean 'checkout'?");
  });

  test.each([
    [['admin'], 'No "admin" subcommand specified'],
    [['admin', 'x'], 'Unknown "admin" subcommand \'x\''],
    [['admin', 'instutil'], 'No "admin instutil" subcommand specified'],
    [['remote', 'x'], 'Unknown "remote" subcommand \'x\''],
    [['static-delta'], 'No "static-delta" subcommand specified'],
  ])('%s', async (argv, message) => {
    expect(await bad(argv)).toBe(message);
  });
});

describe('options', () => {
  test.each([
    [['refs', '--frob'], 'Unknown option --frob'],
    [['refs', '--frob=1'], 'Unknown option --frob=1'],
    [['refs', '-Q'], 'Unknown option -Q'],
    [['commit', '--branch'], 'Missing argument for --branch'],
    [['commit', '-b'], 'Missing argument for -b'],
    [['commit', '--owner-uid=x'], 'Cannot parse integer value “x” for --owner-uid'],
    [['commit', '--owner-uid='], 'Cannot parse integer value “” for --owner-uid'],
    [['commit', '--owner-uid', '99999999999'], 'Integer value “99999999999” for --owner-uid out of range'],
    [['commit', '--owner-uid=09'], 'Cannot parse integer value “09” for --owner-uid'],
  ])('%j', async (argv, message) => {
    expect(await bad(argv, { cwd: repo })).toBe(message);
  });

  test('before the command', async () => {
    expect(await good([`--repo=${repo}`, 'refs'])).toBe('main\n');
  });

  test('with a separate argument before the command, which is then taken for the command', async () => {
    expect(await bad(['--repo', repo, 'refs'])).toBe('Unknown option --repo');
  });

  test('between arguments and after them', async () => {
    expect(await good(['ls', 'main', '-d', '/sub', '--repo', repo])).toBe('d00755 0 0      0 /sub\n');
  });

  test('in clusters', async () => {
    expect(await good(['ls', '-dC', 'main', '/sub', '--repo', repo])).toMatch(
      /^d00755 0 0 {6}0 [0-9a-f]{64} [0-9a-f]{64} \/sub\n$/,
    );
  });

  test('the last one counts', async () => {
    expect(await good(['refs', '--repo=/nowhere', `--repo=${repo}`])).toBe('main\n');
  });

  test('after --', async () => {
    await good(['config', `--repo=${repo}`, '--', 'set', 'test.number', '-1']);
    expect(await good(['config', `--repo=${repo}`, 'get', 'test.number'])).toBe('-1\n');
  });

  test('an argument may begin with a dash', async () => {
    expect(await bad(['refs', `--repo=${repo}`, '--create', '-x', 'main'])).toBe('Invalid refspec -x');
  });

  test('help ends the reading of options', async () => {
    expect((await ost(['refs', '--help', '--frob'])).code).toBe(0);
    expect((await ost(['refs', '--frob', '--help'])).code).toBe(1);
  });

  test('numbers as in C', async () => {
    const uid = async (text: string): Promise<string> => {
      await place.commit(repo, 'numbers', [`--owner-uid=${text}`]);
      return (await good(['ls', 'numbers', '/hello.txt', `--repo=${repo}`])).split(' ')[1] as string;
    };
    expect(await uid('0x10')).toBe('16');
    expect(await uid('010')).toBe('8');
    expect(await uid('+7')).toBe('7');
  });
});

describe('the repository', () => {
  test('none', async () => {
    const { stderr } = await ost(['refs'], { cwd: place.path });
    expect(stderr).toMatch(/^Usage:[\s\S]*error: Command requires a --repo argument\n$/);
  });

  test('the working directory', async () => {
    expect(await good(['refs'], { cwd: repo })).toContain('main\n');
  });

  test('the environment', async () => {
    expect(await good(['refs'], { cwd: place.path, env: { OSTREE_REPO: repo } })).toContain('main\n');
  });

  test('a missing one', async () => {
    const missing = place.at('missing');
    expect(await bad(['refs', `--repo=${missing}`])).toBe(
      `opening repo: opendir(${missing}): No such file or directory`,
    );
  });
});

test('the version is YAML', async () => {
  expect(await good(['--version'])).toMatch(/^libostree:\n Version: '[\d.]+'\n Features:\n(?: {2}- [\w-]+\n)+$/);
  expect(await good(['refs', '--version'])).toMatch(/^libostree:/);
});

describe('on a terminal', () => {
  test('control characters of a commit are shown, not obeyed', async () => {
    await place.commit(repo, 'evil', ['-s', 'red \u001b[31m \u009b1m']);
    expect(await good(['log', 'evil', `--repo=${repo}`], { isTTY: true })).toContain('    red \\x1b[31m \\x9b1m\n');
    expect(await good(['log', 'evil', `--repo=${repo}`])).toContain('    red \u001b[31m');
  });

  test('the word error is red', async () => {
    const { stderr } = await ost(['rev-parse', 'nope', `--repo=${repo}`], { isTTY: true });
    expect(stderr).toBe("\u001b[31m\u001b[1merror: \u001b[22m\u001b[0mRefspec 'nope' not found\n");
  });
});

test('a signal ends a command', async () => {
  const controller = new AbortController();
  controller.abort(Object.assign(new Error('Interrupted'), { name: 'AbortError', exitCode: 130 }));
  const { code } = await ost(['fsck', `--repo=${repo}`], { signal: controller.signal });
  expect(code).toBe(130);
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('script for %s', async (shell) => {
    expect(await good(['completion', shell])).toContain('--get-yargs-completions');
  });

  test('an unknown shell', async () => {
    expect(await bad(['completion', 'dos'])).toBe("Unknown shell 'dos'");
  });

  test.each([
    [['che'], ['checkout', 'checksum']],
    [['remote', 'show'], ['show-url']],
    [['admin', 'kargs', ''], []],
    [
      ['commit', '--own'],
      ['--owner-uid', '--owner-gid'],
    ],
  ])('%j', async (words, expected) => {
    const found = (await good(['--get-yargs-completions', 'ost', ...words])).split('\n');
    for (const word of expected) expect(found).toContain(word);
  });
});

test('output that cannot be written', async () => {
  const io = {
    stdout: {
      isTTY: false,
      columns: 80,
      write: () => {
        throw Object.assign(new Error('no'), { code: 'ENOSPC', syscall: 'write' });
      },
    },
  };
  const { code, stderr } = await ost(['refs', `--repo=${repo}`], { io });
  expect(code).toBe(1);
  expect(stderr).toBe('error: write: No space left on device\n');
});
