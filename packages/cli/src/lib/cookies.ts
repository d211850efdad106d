import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertRemoteName, OstError } from '@ost/objects';
import { replaceFile, type Repo } from '@ost/repo';

/** One line of a Netscape cookie jar. */
export interface Cookie {
  readonly domain: string;
  readonly path: string;
  readonly secure: string;
  readonly expires: number;
  readonly name: string;
  readonly value: string;
}

const LIFETIME_SECONDS = 25 * 365 * 24 * 3600;

/** The file with the cookies of a remote. */
export function cookieJar(repo: Repo, remote: string): string {
  assertRemoteName(remote);
  return path.join(repo.path, `${remote}.cookies.txt`);
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function parseLine(line: string): Cookie | null {
  const [domain, , cookiePath, secure, expires, name, value] = line.split('\t');
  if (line.startsWith('#') || value === undefined) return null;
  return {
    domain: domain as string,
    path: cookiePath as string,
    secure: secure as string,
    expires: Number(expires),
    name: name as string,
    value,
  };
}

/** Cookies of a jar; none when there is no such file. */
export function readCookies(file: string): Cookie[] {
  return readLines(file).flatMap((line) => parseLine(line) ?? []);
}

/** Adds a cookie that lasts for 25 years. */
export function addCookie(file: string, cookie: Pick<Cookie, 'domain' | 'path' | 'name' | 'value'>): void {
  const fields = Object.values(cookie);
  if (fields.some((field) => /[\t\n\r]/.test(field))) {
    throw new OstError('invalid-argument', 'A cookie cannot contain tabs or line ends');
  }
  const { domain, name, value } = cookie;
  const expires = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  const subdomains = domain.startsWith('.') ? 'TRUE' : 'FALSE';
  const line = [domain, subdomains, cookie.path, 'FALSE', String(expires), name, value].join('\t');
  replaceFile(file, [...readLines(file).filter((l) => l !== ''), line, ''].join('\n'));
}

/**
 * Deletes a cookie.
 * @throws OstError `not-found` (`Cookie not found in jar`)
 */
export function deleteCookie(file: string, wanted: Pick<Cookie, 'domain' | 'path' | 'name'>): void {
  const lines = readLines(file);
  const left = lines.filter((line) => {
    const cookie = parseLine(line);
    return cookie?.domain !== wanted.domain || cookie.path !== wanted.path || cookie.name !== wanted.name;
  });
  if (left.length === lines.length) throw new OstError('not-found', 'Cookie not found in jar');
  replaceFile(file, left.join('\n'));
}
