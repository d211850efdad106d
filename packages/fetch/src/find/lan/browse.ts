import type { Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Packet, Question } from 'dns-packet';
import { OstError } from '@ost/objects';

/** A service that a machine of the local network offers. */
export interface LanService {
  /** IP address. */
  readonly address: string;
  readonly port: number;
  /** Strings of its TXT record. */
  readonly text: readonly Uint8Array[];
}

/** Options of {@link browse}. */
export interface BrowseOptions {
  /** Whom to ask. @default the multicast group of DNS, on every interface */
  readonly target?: { readonly address: string; readonly port: number };
  /** How long answers are waited for. @default 1000 */
  readonly milliseconds?: number;
  readonly signal?: AbortSignal;
}

const GROUP = { address: '224.0.0.251', port: 5353 };
/** What is kept of all that strangers send. */
const RECORDS = 4096;

/** Records by name and type, as they come; a later one of the same kind does not replace an earlier one. */
class Records {
  readonly pointers: Set<string> = new Set();
  readonly services: Map<string, { readonly port: number; readonly target: string }> = new Map();
  readonly texts: Map<string, readonly Uint8Array[]> = new Map();
  readonly addresses: Map<string, string> = new Map();
  #count = 0;

  constructor(private readonly type: string) {}

  add(answer: Answer): void {
    if (this.#count++ > RECORDS) return;
    const name = 'name' in answer ? answer.name.toLowerCase() : '';
    if (answer.type === 'PTR' && name === this.type) this.pointers.add(answer.data.toLowerCase());
    else if (answer.type === 'SRV') first(this.services, name, answer.data);
    else if (answer.type === 'TXT') first(this.texts, name, [answer.data].flat().map(bytesOf));
    // An address without the interface that it holds on leads nowhere, so only IPv4 and routable IPv6 count.
    else if (answer.type === 'A') this.addresses.set(name, answer.data);
    else if (answer.type === 'AAAA' && !/^fe[89ab]/i.test(answer.data)) first(this.addresses, name, `[${answer.data}]`);
  }

  get found(): LanService[] {
    return [...this.pointers].flatMap((name) => {
      const service = this.services.get(name);
      const address = service === undefined ? undefined : this.addresses.get(service.target.toLowerCase());
      const text = this.texts.get(name);
      return service === undefined || address === undefined || text === undefined
        ? []
        : [{ address, port: service.port, text }];
    });
  }

  /** Questions about what was named but not described. */
  get questions(): Question[] {
    const all: Question[] = [
      { name: this.type, type: 'PTR' },
      ...[...this.pointers].flatMap((name) => {
        const service = this.services.get(name);
        return [
          ...(service === undefined ? [{ name, type: 'SRV' as const }] : []),
          ...(this.texts.has(name) ? [] : [{ name, type: 'TXT' as const }]),
          ...(service === undefined || this.addresses.has(service.target.toLowerCase())
            ? []
            : [{ name: service.target, type: 'A' as const }]),
        ];
      }),
    ];
    return all.slice(0, 16);
  }
}

function first<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

/**
 * Asks the local network who offers a service, by multicast DNS with answers to this process alone, so no daemon is
 * needed here.
 * @param type as in `_ostree_repo._tcp`
 * @throws OstError `network` when there is no network to ask
 */
export async function browse(type: string, options: BrowseOptions = {}): Promise<LanService[]> {
  const { target = GROUP, milliseconds = 1000, signal } = options;
  const [{ createSocket }, { default: dns }] = await Promise.all([import('node:dgram'), import('dns-packet')]);
  const records = new Records(`${type}.local`.toLowerCase());
  const socket = createSocket('udp4');
  socket.on('message', (message) => {
    const packet = decoded(dns.decode, message);
    if (packet?.type !== 'response') return;
    for (const answer of [...(packet.answers ?? []), ...(packet.additionals ?? [])]) records.add(answer);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, resolve);
    });
    // Once more in the middle, in case something was lost, and for what the first answers left open.
    for (let i = 0; i < 2; i++) {
      const query = dns.encode({ type: 'query', questions: records.questions });
      await ask(socket, query, target);
      await pause(milliseconds / 2, signal);
    }
    return records.found;
  } finally {
    socket.close();
  }
}

/** What a stranger sends need not be DNS. */
function decoded(decode: (bytes: Buffer) => Packet, message: Buffer): Packet | null {
  try {
    return decode(message);
  } catch {
    return null;
  }
}

async function ask(socket: Socket, query: Buffer, target: NonNullable<BrowseOptions['target']>): Promise<void> {
  const send = (): Promise<Error | null> =>
    new Promise((resolve) => socket.send(query, target.port, target.address, resolve));
  if (target !== GROUP) {
    const error = await send();
    if (error !== null) throw new OstError('network', `Asking ${target.address}: ${error.message}`, { cause: error });
    return;
  }
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  let asked = false;
  for (const { address, family, internal } of interfaces) {
    if (internal || family !== 'IPv4') continue;
    socket.setMulticastInterface(address);
    asked = (await send()) === null || asked;
  }
  if (!asked) throw new OstError('network', 'There is no local network to look for repositories in');
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new OstError('aborted', 'Operation was cancelled', { cause });
  }
}
