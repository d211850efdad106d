/** What a server may ask of us, and how we ask it, in one place. */
export const FETCH_LIMITS: {
  readonly redirects: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryDelayMaxMs: number;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly http2StreamWindow: number;
  readonly http2SessionWindow: number;
  readonly http2SessionMegabytes: number;
  readonly refusals: number;
  readonly lowSpeedBytes: number;
  readonly lowSpeedSeconds: number;
  readonly workerObjects: number;
  readonly workers: number;
  readonly deltaParts: number;
  readonly wholeObject: number;
  readonly unannouncedCommit: number;
} = {
  /** Redirects followed for one request. */
  redirects: 10,
  /** Further attempts after a failure that may go away. */
  retries: 5,
  /** Pause before the second further attempt; doubles from there. The first one is immediate. */
  retryDelayMs: 50,
  retryDelayMaxMs: 1000,
  /** Connections in all. Many small objects from far away come as fast as this number lets them. */
  connections: 32,
  connectTimeoutMs: 30_000,
  /** Bytes that a server may send us ahead of our reading: of one answer over HTTP/2, and of all on one connection. */
  http2StreamWindow: 1 << 20,
  http2SessionWindow: 16 << 20,
  /** What node lets a connection take, in megabytes. */
  http2SessionMegabytes: 64,
  /** Times that a request over HTTP/2 is sent again because the server had not begun with it. */
  refusals: 8,
  /** A transfer that stays below this many bytes per second ... */
  lowSpeedBytes: 1000,
  /** ... for so long is given up. */
  lowSpeedSeconds: 30,
  /** From so many content objects on, worker threads help to fetch them. */
  workerObjects: 500,
  /** So many at most; the connections are shared out among them. */
  workers: 3,
  /** Delta parts fetched at a time. */
  deltaParts: 2,
  /** Bytes up to which a content object is taken whole; of larger ones, a piece at a time is in memory for each connection. */
  wholeObject: 1 << 19,
  /** Bytes of a commit object whose size no summary has told: some 400,000 entries of `ostree.sizes`. */
  unannouncedCommit: 16 << 20,
};
