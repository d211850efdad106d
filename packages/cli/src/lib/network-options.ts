import type { HttpOptions } from '@ost/fetch';
import { OstError } from '@ost/objects';
import type { CommandContext } from '../context.js';
import { LIBOSTREE_VERSION } from '../version.js';
import { splitPair } from './key-values.js';

/**
 * The number of an option that may not be negative.
 * @throws OstError `invalid-argument`
 */
export function nonNegative({ args }: CommandContext, name: string): number | undefined {
  const value = args.integer(name);
  if (value !== undefined && value < 0) throw new OstError('invalid-argument', `Invalid value ${value} for --${name}`);
  return value;
}

/** How requests are made, as the command line says. */
export function networkOptions(context: CommandContext): HttpOptions {
  const { args } = context;
  const headers = args.list('http-header').map((pair) => splitPair(pair, "Missing '=' in --http-header"));
  const [retries, bytes, seconds, connections] = [
    nonNegative(context, 'network-retries'),
    nonNegative(context, 'low-speed-limit-bytes'),
    nonNegative(context, 'low-speed-time-seconds'),
    nonNegative(context, 'max-outstanding-fetcher-requests'),
  ];
  const agent = args.string('append-user-agent');
  return {
    // Servers keep statistics and rules by this name.
    userAgent: `libostree/${LIBOSTREE_VERSION}`,
    ...(agent === undefined ? {} : { appendUserAgent: agent }),
    ...(headers.length === 0 ? {} : { httpHeaders: headers }),
    ...(retries === undefined ? {} : { networkRetries: retries }),
    ...(bytes === undefined ? {} : { lowSpeedLimitBytes: bytes }),
    ...(seconds === undefined ? {} : { lowSpeedTimeSeconds: seconds }),
    ...(connections === undefined ? {} : { connections }),
    ...(args.flag('disable-retry-on-network-errors') ? { retryAllNetworkErrors: false } : {}),
  };
}
