import { OstError } from '@ost/objects';
import { parseUrl } from '../remote/url.js';

/** True when `no_proxy` names the host, one of its parent domains, or everything. */
function isExcluded(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase();
  return list
    .split(/[\s,]+/)
    .map((entry) => entry.toLowerCase().replace(/^\*?\./, ''))
    .some((entry) => {
      if (entry === '') return false;
      const [name = '', port] = entry.startsWith('[') ? [entry] : entry.split(':');
      if (port !== undefined && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false;
      return entry === '*' || host === name || host.endsWith(`.${name}`);
    });
}

/**
 * The proxy for a URL: the remote's own, else the one that the environment names, as curl reads it.
 * @returns null to connect directly
 * @throws OstError `config` for one that is no URL, `unsupported` for one that is not http or https
 */
export function proxyFor(url: URL, configured: string | null, env: NodeJS.ProcessEnv): URL | null {
  const get = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  // HTTP_PROXY in capitals is not read: a web server's environment may hold a client's `Proxy` header there.
  const scheme = url.protocol === 'https:' ? get('https_proxy') : (env['http_proxy'] ?? '');
  const text = configured ?? (scheme || get('all_proxy'));
  if (text === '' || isExcluded(url, get('no_proxy'))) return null;
  const proxy = parseUrl(/^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`, 'proxy');
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new OstError('unsupported', `Proxies of type ${proxy.protocol.slice(0, -1)} are not supported`);
  }
  return proxy;
}
