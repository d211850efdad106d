import { flag, integer, json, text } from './options.js';
import type { CommandSpec, OptionSpec } from './types.js';

const cacheDir = text('cache-dir', 'DIR', 'Where summaries are cached');
const disableFsync = flag('disable-fsync', 'Do not flush files to the disk');

/** How requests are made. */
function network(): readonly OptionSpec[] {
  return [
    text('http-header', 'NAME=VALUE', 'Send this header with every request', { repeat: true }),
    integer('network-retries', 'N', 'How often to try again (default: 5)'),
    text('append-user-agent', 'TEXT', 'Add this to the User-Agent header', { hidden: true }),
    flag('disable-retry-on-network-errors', 'Do not try again after a failure of the network'),
    integer('low-speed-limit-bytes', 'N', 'Bytes per second below which a transfer counts as stalled'),
    integer('low-speed-time-seconds', 'N', 'How long a transfer may be stalled'),
    integer('max-outstanding-fetcher-requests', 'N', 'How many requests may run at a time'),
  ];
}

/** `pull`. */
export const pull: CommandSpec = {
  name: 'pull',
  summary: 'Fetch commits from a remote',
  positionals: 'REMOTE [BRANCH...]',
  scope: 'repo',
  options: () => [
    flag('commit-metadata-only', 'Fetch only the commits, not their trees'),
    cacheDir,
    disableFsync,
    flag('per-object-fsync', 'Flush every object by itself'),
    flag('disable-static-deltas', 'Do not use static deltas'),
    flag('require-static-deltas', 'Fail if there is no static delta'),
    flag('mirror', 'Store refs as a mirror does, and fetch all of them if none is named'),
    text('subpath', 'PATH', 'Fetch only this path', { repeat: true }),
    flag('untrusted', 'Verify the objects of local sources'),
    flag('http-trusted', 'Do not verify the objects of HTTP sources'),
    flag('bareuseronly-files', 'Refuse files with modes beyond 0775'),
    flag('dry-run', 'Only say what static deltas would be fetched'),
    integer('depth', 'DEPTH', 'Fetch this many parents too (-1: all)'),
    text('url', 'URL', 'Fetch from here instead of the URL of the remote'),
    ...network(),
    integer('update-frequency', 'MS', 'Milliseconds between progress updates'),
    text('localcache-repo', 'REPO', 'Take objects from this repository if it has them', { short: 'L', repeat: true }),
    flag('timestamp-check', 'Refuse commits that are older than the present ones', { short: 'T' }),
    text('timestamp-check-from-rev', 'REV', 'Refuse commits that are older than this one'),
    flag('disable-verify-bindings', 'Do not check that commits name the refs'),
    flag('allow-older-summary', 'Take a signed summary although a later one has been seen'),
  ],
  examples: [
    ['pull origin main', 'fetch ref main of the remote origin'],
    ['pull --mirror origin', 'copy everything'],
  ],
  load: () => import('../commands/pull.js'),
};

/** `pull-local`. */
export const pullLocal: CommandSpec = {
  name: 'pull-local',
  summary: 'Copy commits from another repository of this machine',
  positionals: 'SRC_REPO [REF...]',
  scope: 'repo',
  options: () => [
    flag('commit-metadata-only', 'Copy only the commits, not their trees'),
    text('remote', 'REMOTE', 'Store the refs as those of this remote'),
    disableFsync,
    flag('per-object-fsync', 'Flush every object by itself'),
    flag('untrusted', 'Verify every object'),
    flag('bareuseronly-files', 'Refuse files with modes beyond 0775'),
    flag('require-static-deltas', 'Fail if there is no static delta'),
    flag('disable-static-deltas', 'Do not use static deltas'),
    flag('gpg-verify', 'Verify the signatures of commits (needs --remote)'),
    flag('gpg-verify-summary', 'Verify the signature of the summary (needs --remote)'),
    flag('disable-verify-bindings', 'Do not check that commits name the refs'),
    integer('depth', 'DEPTH', 'Copy this many parents too (-1: all)'),
  ],
  load: () => import('../commands/pull-local.js'),
};

const remoteAdd: CommandSpec = {
  name: 'add',
  summary: 'Add a remote',
  positionals: 'NAME [metalink=|mirrorlist=]URL [BRANCH...]',
  scope: 'repo-or-sysroot',
  options: () => [
    text('set', 'KEY=VALUE', 'Set an option of the remote', { repeat: true }),
    flag('no-gpg-verify', 'Do not verify GPG signatures'),
    flag('no-sign-verify', 'Do not verify signatures'),
    text('sign-verify', 'TYPE=inline:KEY|file:PATH', 'Verify signatures with this key', { repeat: true }),
    flag('if-not-exists', 'Do nothing if the remote exists'),
    flag('force', 'Replace the remote if it exists'),
    text('gpg-import', 'FILE', 'Import the GPG keys in FILE'),
    text('custom-backend', 'NAME', 'The content is fetched by other means'),
    text('contenturl', 'URL', 'Fetch content from here'),
    text('collection-id', 'ID', 'Collection that the refs of the remote belong to'),
  ],
  examples: [['remote add origin https://example.com/repo', 'add the remote origin']],
  load: () => import('../commands/remote/add.js'),
};

const keyImport: readonly OptionSpec[] = [
  text('keyring', 'FILE', 'Read keys from FILE', { short: 'k', repeat: true }),
  flag('stdin', 'Read keys from standard input'),
];

/** `remote` and what is below it. */
export const remote: CommandSpec = {
  name: 'remote',
  summary: 'Work with remotes',
  positionals: 'COMMAND',
  scope: 'none',
  options: () => [],
  commands: [
    remoteAdd,
    {
      name: 'delete',
      summary: 'Delete a remote',
      positionals: 'NAME',
      scope: 'repo-or-sysroot',
      options: () => [flag('if-exists', 'Do nothing if there is no such remote')],
      load: () => import('../commands/remote/delete.js'),
    },
    {
      name: 'show-url',
      summary: 'Print the URL of a remote',
      positionals: 'NAME',
      scope: 'repo',
      options: () => [json],
      load: () => import('../commands/remote/show-url.js'),
    },
    {
      name: 'list',
      summary: 'List the remotes',
      scope: 'repo',
      options: () => [flag('show-urls', 'Print URLs too', { short: 'u' }), json],
      load: () => import('../commands/remote/list.js'),
    },
    {
      name: 'gpg-import',
      summary: 'Import GPG keys for a remote',
      positionals: 'NAME [KEY-ID...]',
      scope: 'repo',
      options: () => keyImport,
      load: () => import('../commands/remote/gpg-import.js'),
    },
    {
      name: 'gpg-list-keys',
      summary: 'List the GPG keys of a remote',
      positionals: '[NAME]',
      scope: 'repo',
      options: () => [json],
      load: () => import('../commands/remote/gpg-list-keys.js'),
    },
    {
      name: 'add-cookie',
      summary: 'Add a cookie that is sent to a remote',
      positionals: 'NAME DOMAIN PATH COOKIE_NAME VALUE',
      scope: 'repo',
      options: () => [],
      load: () => import('../commands/remote/add-cookie.js'),
    },
    {
      name: 'delete-cookie',
      summary: 'Delete a cookie of a remote',
      positionals: 'NAME DOMAIN PATH COOKIE_NAME',
      scope: 'repo',
      options: () => [],
      load: () => import('../commands/remote/delete-cookie.js'),
    },
    {
      name: 'list-cookies',
      summary: 'List the cookies of a remote',
      positionals: 'NAME',
      scope: 'repo',
      options: () => [json],
      load: () => import('../commands/remote/list-cookies.js'),
    },
    {
      name: 'refs',
      summary: 'List the refs of a remote',
      positionals: 'NAME',
      scope: 'repo',
      options: () => [cacheDir, flag('revision', 'Print the commits too', { short: 'r' }), json],
      load: () => import('../commands/remote/refs.js'),
    },
    {
      name: 'summary',
      summary: 'Show the summary of a remote',
      positionals: 'NAME',
      scope: 'repo',
      options: () => [
        cacheDir,
        flag('list-metadata-keys', 'Print the keys of the metadata'),
        text('print-metadata-key', 'KEY', 'Print one value of the metadata'),
        flag('raw', 'Show the raw value'),
        json,
      ],
      load: () => import('../commands/remote/summary.js'),
    },
  ],
};

/** `find-remotes`. */
export const findRemotes: CommandSpec = {
  name: 'find-remotes',
  summary: 'Find remotes that have the given refs',
  positionals: 'COLLECTION-ID REF [COLLECTION-ID REF...]',
  scope: 'repo',
  options: () => [
    cacheDir,
    disableFsync,
    text('finders', 'FINDERS', 'Where to look, separated by commas: config, lan, mount'),
    flag('pull', 'Pull what was found'),
    flag('mirror', 'Store refs as a mirror does (needs --pull)'),
    json,
  ],
  examples: [['find-remotes --finders=mount --pull org.example.Os main', 'update from a USB stick']],
  load: () => import('../commands/find-remotes.js'),
};

/** `create-usb`. */
export const createUsb: CommandSpec = {
  name: 'create-usb',
  summary: 'Copy refs to a USB stick',
  positionals: 'MOUNT-PATH COLLECTION-ID REF [COLLECTION-ID REF...]',
  scope: 'repo',
  options: () => [
    disableFsync,
    text('destination-repo', 'DEST', 'Repository on the stick (default: .ostree/repo)'),
    text('commit', 'COMMIT', 'Copy this commit of the ref, of which there is only one'),
  ],
  examples: [['create-usb /media/stick org.example.Os main', 'take ref main along']],
  load: () => import('../commands/create-usb.js'),
};

/** `mirror`. */
export const mirror: CommandSpec = {
  name: 'mirror',
  summary: 'Keep a mirror of a remote that can be served on',
  positionals: 'REMOTE [REF|PATTERN...]',
  scope: 'repo',
  options: () => [
    cacheDir,
    disableFsync,
    integer('depth', 'DEPTH', 'Mirror this many parents too (-1: all)'),
    flag('no-deltas', 'Leave static deltas out'),
    flag('delete', 'Delete refs that the remote no longer has (full mirror only)'),
    text('url', 'URL', 'Fetch from here instead of the URL of the remote'),
    flag('allow-older-summary', 'Take a signed summary although a later one has been seen'),
    ...network(),
  ],
  examples: [
    ['mirror --delete origin', 'everything, with the summary and its signature'],
    ["mirror origin 'app/*/x86_64/*'", 'some refs, with a summary of its own'],
  ],
  load: () => import('../commands/mirror.js'),
};

/** `serve`. */
export const serve: CommandSpec = {
  name: 'serve',
  summary: 'Serve a repository over HTTP',
  scope: 'repo',
  options: () => [
    text('host', 'ADDRESS', 'Address to listen on (default: 127.0.0.1)'),
    integer('port', 'PORT', 'Port to listen on (default: 0, any free one)', { short: 'P' }),
    text('port-file', 'FILE', 'Write the port here (-: standard output)', { short: 'p' }),
    integer('max-connections', 'N', 'How many clients are served at a time (default: 256)'),
    text('tls-cert', 'FILE', 'Serve HTTPS and HTTP/2 with this certificate'),
    text('tls-key', 'FILE', 'Private key of the certificate'),
    text('access-log', 'FILE', 'Write a line for each request here (-: standard output)'),
    integer('grace', 'SECONDS', 'How long answers under way may take when the server is stopped (default: 10)'),
  ],
  examples: [
    ['serve --repo=repo --port=8000', 'serve until interrupted'],
    ['serve --repo=repo --host=:: --port=443 --tls-cert=c.pem --tls-key=k.pem', 'serve the world'],
  ],
  load: () => import('../commands/serve.js'),
};

/** `trivial-httpd`. */
export const trivialHttpd: CommandSpec = {
  name: 'trivial-httpd',
  summary: 'Simple web server for tests',
  positionals: '[DIR]',
  scope: 'none',
  hidden: true,
  options: () => [
    flag('daemonize', 'Go to the background when ready', { short: 'd' }),
    flag('autoexit', 'End when the directory is deleted'),
    integer('port', 'PORT', 'Port to listen on', { short: 'P' }),
    text('port-file', 'PATH', 'Write the port here (-: standard output)', { short: 'p' }),
    flag('force-range-requests', 'Serve only half of each file at first'),
    flag('require-basic-auth', 'Ask for the user foouser with the password barpw'),
    integer('random-500s', 'PERCENTAGE', 'Answer so many requests with error 500'),
    integer('random-500s-max', 'MAX', 'At most so many (default: 100)'),
    integer('random-408s', 'PERCENTAGE', 'Answer so many requests with error 408'),
    integer('random-408s-max', 'MAX', 'At most so many (default: 100)'),
    text('log-file', 'PATH', 'Write a log here (-: standard output)'),
    text('expected-cookies', 'KEY=VALUE', 'Cookies that requests must have', { repeat: true }),
    text('expected-header', 'KEY=VALUE', 'Headers that requests must have', { repeat: true }),
    flag('started-by-daemonize', 'Set by --daemonize for the process in the background', { hidden: true }),
  ],
  load: () => import('../commands/trivial-httpd.js'),
};
