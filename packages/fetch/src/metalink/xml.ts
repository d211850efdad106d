import { OstError } from '@ost/objects';

/** One step through an XML document: a tag that opens or closes, or text between tags. */
export type XmlEvent =
  | { readonly type: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly type: 'close'; readonly name: string }
  | { readonly type: 'text'; readonly text: string };

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Tags within each other; a metalink needs six. */
const DEPTH = 64;
const NAME = /[A-Za-z_:][\w:.-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;

/** A fault in a document, at an index of it. */
export function xmlError(text: string, index: number, message: string): OstError {
  const before = text.slice(0, index).split('\n');
  const line = `Error on line ${before.length} char ${(before.at(-1) ?? '').length + 1}: ${message}`;
  return new OstError('corrupt', line);
}

/**
 * Reads the part of XML that a metalink is made of: elements, attributes and text. Document types, and with them
 * entities of the document's own, are refused; comments and processing instructions are passed over.
 * @throws OstError `corrupt` with line and column
 */
export function* readXml(text: string): Generator<XmlEvent & { readonly at: number }, void, undefined> {
  const open: string[] = [];
  let at = 0;
  let seen = false;
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const end = next === -1 ? text.length : next;
    const between = text.slice(at, end);
    if (open.length > 0) {
      if (between !== '') yield { type: 'text', text: unescape(text, at, between), at };
    } else if (between.trim() !== '') {
      const what = seen ? 'Text after the document' : 'Document must begin with an element (e.g. <book>)';
      throw xmlError(text, at + between.search(/\S/), what);
    }
    if (next === -1) break;
    if (text.startsWith('<!--', next)) at = skip(text, next, '-->');
    else if (text.startsWith('<?', next)) at = skip(text, next, '?>');
    else if (text.startsWith('<!', next)) throw xmlError(text, next, 'Document types are not supported');
    else if (text.startsWith('</', next)) {
      const name = match(NAME, text, next + 2, 'Name expected')[0];
      const close = match(TAG_END, text, next + 2 + name.length, "'>' expected");
      if (open.pop() !== name) throw xmlError(text, next, `Element '${name}' was closed, but is not open`);
      yield { type: 'close', name, at: next };
      at = next + 2 + name.length + close[0].length;
    } else {
      if (open.length === 0 && seen) throw xmlError(text, next, 'More than one document element');
      seen = true;
      const tag = openTag(text, next);
      yield { type: 'open', name: tag.name, attributes: tag.attributes, at: next };
      if (tag.empty) yield { type: 'close', name: tag.name, at: next };
      else open.push(tag.name);
      if (open.length > DEPTH) throw xmlError(text, next, `Elements are nested deeper than ${DEPTH}`);
      at = tag.end;
    }
  }
  if (!seen) throw xmlError(text, text.length, 'Document was empty or contained only whitespace');
  if (open.length > 0) throw xmlError(text, text.length, `Document ended inside element '${open.at(-1)}'`);
}

function openTag(
  text: string,
  start: number,
): { name: string; attributes: Map<string, string>; empty: boolean; end: number } {
  const name = match(NAME, text, start + 1, 'Name expected')[0];
  const attributes = new Map<string, string>();
  let at = start + 1 + name.length;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    if (found === null) break;
    attributes.set(found[1] as string, unescape(text, at, found[2] ?? found[3] ?? ''));
    at += found[0].length;
  }
  const end = match(TAG_END, text, at, `Attribute or '>' expected in element '${name}'`);
  return { name, attributes, empty: end[1] === '/', end: at + end[0].length };
}

function match(pattern: RegExp, text: string, at: number, message: string): RegExpExecArray {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  if (found === null) throw xmlError(text, at, message);
  return found;
}

function skip(text: string, start: number, end: string): number {
  const at = text.indexOf(end, start);
  if (at === -1) throw xmlError(text, start, `'${end}' expected`);
  return at + end.length;
}

function unescape(text: string, at: number, part: string): string {
  return part.replace(/&(#x?[0-9A-Fa-f]+|\w*);?/g, (whole, name: string) => {
    const known = ENTITIES.get(name);
    if (known !== undefined && whole.endsWith(';')) return known;
    const number = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    const valid = name.startsWith('#') && whole.endsWith(';') && number > 0 && number <= 0x10ffff;
    if (!valid) throw xmlError(text, at, `Unknown entity '${whole}'`);
    return String.fromCodePoint(number);
  });
}
