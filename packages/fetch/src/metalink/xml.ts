import { OstError } from '@ost/objects';
import { SaxesParser } from 'saxes';

/** What a reader of a document is told, in the document's order. */
export interface XmlHandler {
  open(name: string, attributes: ReadonlyMap<string, string>, at: XmlPlace): void;
  /** Text between tags, perhaps in pieces. */
  text(text: string): void;
  close(at: XmlPlace): void;
}

/** A place in a document, both from 1. */
export interface XmlPlace {
  readonly line: number;
  readonly column: number;
}

/** Tags within each other; a metalink needs six. */
const DEPTH = 64;

/** A fault in a document. */
export function xmlError({ line, column }: XmlPlace, message: string): OstError {
  return new OstError('corrupt', `Error on line ${line} char ${column}: ${message}`);
}

/**
 * Reads an XML document. Document types, and with them entities of the document's own, are refused.
 * @throws OstError `corrupt` with line and column
 */
export function readXml(document: string, handler: XmlHandler): void {
  const parser = new SaxesParser();
  const here = (): XmlPlace => ({ line: parser.line, column: parser.column + 1 });
  let depth = 0;
  let begun = false;
  parser.on('opentag', ({ name, attributes }) => {
    begun = true;
    if (++depth > DEPTH) throw xmlError(here(), `Elements are nested deeper than ${DEPTH}`);
    handler.open(name, new Map(Object.entries(attributes)), here());
  });
  parser.on('closetag', () => {
    depth--;
    handler.close(here());
  });
  parser.on('text', (text) => {
    if (depth > 0) handler.text(text);
  });
  parser.on('cdata', (text) => handler.text(text));
  parser.on('doctype', () => {
    throw xmlError(here(), 'Document types are not supported');
  });
  parser.on('error', ({ message }) => {
    const empty = document.trim() === '' ? 'Document was empty or contained only whitespace' : null;
    const first = begun ? null : 'Document must begin with an element (e.g. <book>)';
    // The parser's own messages begin with the place.
    throw xmlError(here(), empty ?? first ?? message.replace(/^\d+:\d+: /, ''));
  });
  parser.write(document).close();
}
