import * as fs from 'node:fs';
import { isIP } from 'node:net';
import * as path from 'node:path';
import { OstError } from '@ost/objects';
import { isAbsent, replaceFile, type Repo } from '@ost/repo';

/** A cookie of a remote. */
export interface Cookie {
  /** With a leading dot it holds for subdomains too. */
  readonly domain: string;
  readonly path: string;
  /** Only over https. */
  readonly secure: boolean;
  /** Seconds since 1970; 0 never expires. */
  readonly expires: number;
  readonly name: string;
  readonly value: string;
}

const YEARS_25 = 25 * 365.25 * 24 * 3600;

/** File with the cookies of a remote. */
export function cookieJarPath(repo: Repo, remote: string): string {
  return path.join(repo.path, `${remote}.cookies.txt`);
}

/** Parses a jar in Netscape format; comments and lines of another shape are skipped. */
export function parseCookieJar(text: string): Cookie[] {
  return text.split('\n').flatMap((line) => {
    const fields = line
      .replace(/\r$/, '')
      .replace(/^#HttpOnly_/, '')
      .split('\t');
    if (line.startsWith('#') && !line.startsWith('#HttpOnly_')) return [];
    if (fields.length !== 7) return [];
    const [domain, , path, secure, expires, name, value] = fields as [string, ...string[]] & string[];
    return [
      {
        domain,
        path: path as string,
        secure: secure === 'TRUE',
        expires: Number(expires) || 0,
        name: name as string,
        value: value as string,
      },
    ];
  });
}

/** The text of a jar. */
export function formatCookieJar(cookies: readonly Cookie[]): string {
  const flag = (value: boolean): string => (value ? 'TRUE' : 'FALSE');
  return cookies
    .map((c) => [c.domain, flag(c.domain.startsWith('.')), c.path, flag(c.secure), c.expires, c.name, c.value])
    .map((fields) => `${fields.join('\t')}\n`)
    .join('');
}

/** Cookies of a remote; none when there is no jar. */
export function readCookies(repo: Repo, remote: string): Cookie[] {
  try {
    return parseCookieJar(fs.readFileSync(cookieJarPath(repo, remote), 'utf8'));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Adds a cookie that is kept for 25 years. */
export function addCookie(
  repo: Repo,
  remote: string,
  cookie: Pick<Cookie, 'domain' | 'path' | 'name' | 'value'>,
): void {
  const expires = Math.floor(Date.now() / 1000 + YEARS_25);
  const all = [...readCookies(repo, remote), { ...cookie, secure: false, expires }];
  replaceFile(cookieJarPath(repo, remote), formatCookieJar(all));
}

/**
 * Deletes a cookie.
 * @throws OstError `not-found` (`Cookie not found in jar`)
 */
export function deleteCookie(repo: Repo, remote: string, cookie: Pick<Cookie, 'domain' | 'path' | 'name'>): void {
  const all = readCookies(repo, remote);
  const same = (c: Cookie): boolean => c.domain === cookie.domain && c.path === cookie.path && c.name === cookie.name;
  const kept = all.filter((c) => !same(c));
  if (kept.length === all.length) throw new OstError('not-found', 'Cookie not found in jar');
  replaceFile(cookieJarPath(repo, remote), formatCookieJar(kept));
}

/** The `Cookie` header of a request, or null when no cookie is for it. */
export function cookieHeader(cookies: readonly Cookie[], url: URL): string | null {
  const now = Date.now() / 1000;
  const host = url.hostname.toLowerCase();
  const matching = cookies.filter((cookie) => {
    if (cookie.secure && url.protocol !== 'https:') return false;
    if (cookie.expires !== 0 && cookie.expires < now) return false;
    const domain = cookie.domain.toLowerCase().replace(/^\./, '');
    const subdomain = cookie.domain.startsWith('.') && host.endsWith(`.${domain}`) && isIP(host) === 0;
    if (host !== domain && !subdomain) return false;
    const prefix = cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`;
    return `${url.pathname}/`.startsWith(prefix);
  });
  return matching.length === 0 ? null : matching.map((c) => `${c.name}=${c.value}`).join('; ');
}
