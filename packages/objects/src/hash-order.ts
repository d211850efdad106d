const PRIMES = [
  1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573,
  2097143, 4194301, 8388593, 16777213, 33554393, 67108859, 134217689, 268435399,
];
const encoder = new TextEncoder();

/** GLib's string hash; 0 and 1 are reserved for empty and removed slots. */
function hashOf(text: string): number {
  let hash = 5381;
  for (const byte of encoder.encode(text)) hash = (Math.imul(hash, 33) + (byte > 127 ? byte - 256 : byte)) >>> 0;
  return hash < 2 ? 2 : hash;
}

interface Slot<V> {
  readonly hash: number;
  readonly entry: [string, V];
}

/** A replica of GHashTable, kept only for the order in which it hands its entries out. */
class HashTable<V> {
  #shift = 3;
  #slots: (Slot<V> | undefined)[] = new Array<Slot<V> | undefined>(8).fill(undefined);
  #count = 0;

  #home(hash: number): number {
    return (Math.imul(hash, 11) >>> 0) % (PRIMES[this.#shift] as number);
  }

  insert(entry: [string, V]): void {
    const slot: Slot<V> = { hash: hashOf(entry[0]), entry };
    const mask = this.#slots.length - 1;
    let index = this.#home(slot.hash);
    for (let step = 1; ; step++) {
      const there = this.#slots[index];
      if (there === undefined) break;
      if (there.hash === slot.hash && there.entry[0] === entry[0]) {
        this.#slots[index] = slot;
        return;
      }
      index = (index + step) & mask;
    }
    this.#slots[index] = slot;
    this.#count++;
    if (this.#slots.length <= this.#count + Math.floor(this.#count / 16)) this.#resize();
  }

  #resize(): void {
    const old = this.#slots;
    this.#shift = Math.max(3, 32 - Math.clz32(Math.floor(this.#count * 1.333)));
    const size = 1 << this.#shift;
    const slots = [...old, ...new Array<Slot<V> | undefined>(Math.max(0, size - old.length)).fill(undefined)];
    const placed = new Array<boolean>(size).fill(false);
    const mask = size - 1;
    for (let i = 0; i < old.length; i++) {
      let moving = slots[i];
      if (moving === undefined || placed[i] === true) continue;
      slots[i] = undefined;
      // Each entry goes to its place in the new geometry and pushes out what an earlier size has left there.
      while (moving !== undefined) {
        let index = this.#home(moving.hash);
        for (let step = 1; placed[index] === true; step++) index = (index + step) & mask;
        placed[index] = true;
        const evicted: Slot<V> | undefined = slots[index];
        slots[index] = moving;
        moving = evicted;
      }
    }
    this.#slots = slots.slice(0, size);
  }

  entries(): [string, V][] {
    return this.#slots.flatMap((slot) => (slot === undefined ? [] : [slot.entry]));
  }
}

/**
 * Puts dictionary entries into the order in which GLib's GVariantDict emits them, which libostree's summaries and
 * some of its metadata have; of entries with the same key the last value stays (repository format,
 * "Dictionaries: which order the entries get").
 */
export function hashOrder<V>(entries: readonly (readonly [string, V])[]): [string, V][] {
  const table = new HashTable<V>();
  for (const [key, value] of entries) table.insert([key, value]);
  return table.entries();
}
