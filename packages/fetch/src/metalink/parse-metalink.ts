import { isOstError, OstError } from '@ost/objects';
import { readXml, type XmlHandler, type XmlPlace, xmlError } from './xml.js';

/** A file as a metalink describes it (transfer format, "Metalink"). */
export interface MetalinkFile {
  /** Exact size in bytes. */
  readonly size: number;
  readonly sha256: string | null;
  readonly sha512: string | null;
  /** Where it is, in the order of the document. */
  readonly urls: readonly string[];
}

const DIGESTS: Readonly<Record<string, RegExp>> = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ };
const URL_ATTRIBUTES = ['protocol', 'type', 'location', 'preference'];

/** Names without their prefix: namespaces are of no interest. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/**
 * Finds a file in a metalink document.
 * @param name of the file, `summary`
 * @throws OstError `corrupt` when the document is malformed, or does not say enough about the file
 */
export function parseMetalink(text: string, name: string): MetalinkFile {
  try {
    return new MetalinkReader(text, name).read();
  } catch (error) {
    throw isOstError(error) ? error.withPrefix('Parsing metalink: ') : error;
  }
}

class MetalinkReader implements XmlHandler {
  readonly #digests = new Map<string, string>();
  readonly #urls: string[] = [];
  readonly #path: string[] = [];
  #text = '';
  #size = 0;
  /** Type of the last hash that was seen. */
  #hash: string | null = null;
  #files = 0;
  #found = false;
  /** True inside the file that is wanted. */
  #inside = false;
  #attributes: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly document: string,
    private readonly name: string,
  ) {}

  read(): MetalinkFile {
    readXml(this.document, this);
    if (this.#files === 0) throw new OstError('corrupt', 'No <file> element found');
    if (!this.#found) throw new OstError('corrupt', `No <file name='${this.name}'> found`);
    if (this.#size === 0) throw new OstError('corrupt', 'No <size> element found or it is zero');
    if (this.#digests.size === 0) {
      throw new OstError('corrupt', 'No <verification> hash for sha256 or sha512 found');
    }
    if (this.#urls.length === 0) throw new OstError('corrupt', "No <url method='http'> elements found");
    return {
      size: this.#size,
      sha256: this.#digests.get('sha256') ?? null,
      sha512: this.#digests.get('sha512') ?? null,
      urls: this.#urls,
    };
  }

  open(name: string, attributes: ReadonlyMap<string, string>, at: XmlPlace): void {
    this.#path.push(localName(name));
    this.#enter(attributes, at);
    this.#attributes = attributes;
    this.#text = '';
  }

  text(text: string): void {
    this.#text += text;
  }

  close(at: XmlPlace): void {
    this.#leave(at);
    this.#path.pop();
    this.#text = '';
  }

  /** Where we are, as `metalink/files/file/...`. */
  get #place(): string {
    return this.#path.join('/');
  }

  #enter(attributes: ReadonlyMap<string, string>, at: XmlPlace): void {
    if (this.#place === 'metalink/files/file') {
      this.#files++;
      const name = attributes.get('name');
      if (name === undefined || attributes.size !== 1) throw xmlError(at, 'Missing attribute "name"');
      this.#inside = name === this.name && !this.#found;
      this.#found ||= this.#inside;
    } else if (this.#inside && this.#place === 'metalink/files/file/resources') {
      if (this.#size === 0) throw xmlError(at, 'No <size> element found or it is zero');
      if (this.#hash === null || DIGESTS[this.#hash] === undefined) {
        throw xmlError(at, 'No <verification> element with known <hash type=> found');
      }
    }
  }

  #leave(at: XmlPlace): void {
    const text = this.#text.trim();
    switch (this.#place) {
      case 'metalink/files/file':
        this.#inside = false;
        break;
      case 'metalink/files/file/size':
        if (this.#inside) this.#size = /^\d{1,15}$/.test(text) ? Number(text) : 0;
        break;
      case 'metalink/files/file/verification/hash':
        if (this.#inside) this.#digest(text, at);
        break;
      case 'metalink/files/file/resources/url':
        if (this.#inside) this.#url(text, at);
        break;
      default:
    }
  }

  #digest(text: string, at: XmlPlace): void {
    const type = this.#attributes.get('type');
    if (type === undefined) throw xmlError(at, 'Missing attribute "type"');
    this.#hash = type;
    const shape = DIGESTS[type];
    if (shape === undefined) return;
    if (!shape.test(text)) throw xmlError(at, `Invalid hash digest for ${type}`);
    this.#digests.set(type, text);
  }

  #url(text: string, at: XmlPlace): void {
    const missing = URL_ATTRIBUTES.find((name) => !this.#attributes.has(name));
    if (missing !== undefined) throw xmlError(at, `Missing attribute "${missing}"`);
    const protocol = this.#attributes.get('protocol');
    if (protocol === 'http' || protocol === 'https') this.#urls.push(text);
  }
}
