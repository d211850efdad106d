import type { Checksum } from '@ost/objects';
import type { Repo } from '@ost/repo';
import { HttpClient } from '../http/client.js';
import { httpSettings } from '../http/settings.js';
import { readRemoteConfig, type RemoteConfig } from '../remote/remote-config.js';
import { openSources, type Sources } from '../source/open-sources.js';
import type { SignaturePolicy } from '../verify.js';
import { type Counters, newCounters } from './counters.js';
import type { PullOptions } from './options.js';
import { Run } from './run.js';

/** What all steps of one pull share. */
export interface Session {
  readonly repo: Repo;
  readonly remote: RemoteConfig;
  readonly options: PullOptions;
  readonly run: Run;
  /** Fires when the pull fails or is cancelled. */
  readonly signal: AbortSignal;
  readonly client: HttpClient;
  readonly sources: Sources;
  readonly policy: SignaturePolicy;
  readonly counters: Counters;
  readonly started: number;
}

/** Runs `body` with a session for a remote; connections are dropped when it ends. */
export async function withSession<T>(
  repo: Repo,
  remoteName: string,
  options: PullOptions,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const remote = readRemoteConfig(repo, remoteName);
  const run = new Run();
  const controller = new AbortController();
  run.onFailure((error) => controller.abort(error));
  const client = new HttpClient(httpSettings(repo, remote, options));
  run.onFailure((error) => client.abort(error));
  const unbind = run.bind(options.signal);
  try {
    run.check();
    const sources = await openSources(remote, client, options.url);
    const policy = signaturePolicy(repo, remote, options);
    const { signal } = controller;
    return await body({
      repo,
      remote,
      options,
      run,
      signal,
      client,
      sources,
      policy,
      counters: newCounters(),
      started,
    });
  } catch (error) {
    run.fail(error);
    run.check();
    throw error;
  } finally {
    unbind();
    await client.close();
  }
}

function signaturePolicy(repo: Repo, remote: RemoteConfig, options: PullOptions): SignaturePolicy {
  return {
    remote,
    verifier: options.verifier ?? null,
    gpg: options.gpgVerify ?? remote.gpgVerify,
    gpgSummary: options.gpgVerifySummary ?? remote.gpgVerifySummary,
    sign: options.disableSignVerify === true ? 'off' : remote.signVerify,
    signSummary: options.disableSignVerifySummary === true ? 'off' : remote.signVerifySummary,
    signDeltas: repo.keyFile.getBoolean('core', 'sign-verify-deltas') ?? false,
    onSignature: (mechanism, commit, lines) => options.onProgress?.({ type: 'signature', mechanism, commit, lines }),
  };
}

/**
 * Commits that a pulled one must not be older than.
 * @param current what the ref is here
 */
export function olderLimits(repo: Repo, options: PullOptions, current: Checksum | null): Checksum[] {
  const limits = options.timestampCheck === true && current !== null ? [current] : [];
  const { timestampCheckFromRev } = options;
  return timestampCheckFromRev === undefined ? limits : [...limits, repo.resolve(timestampCheckFromRev)];
}
