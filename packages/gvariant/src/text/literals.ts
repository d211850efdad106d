const NAMED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

let unprintable: RegExp | undefined;

/**
 * Control and format characters, surrogates and unassigned code points; the engine's Unicode version decides which are
 * assigned. The pattern takes ten milliseconds to build, and text beyond ASCII is rare.
 */
function isUnprintable(char: string): boolean {
  if (char >= ' ' && char <= '~') return false;
  unprintable ??= new RegExp('[\\p{Cc}\\p{Cf}\\p{Cn}\\p{Cs}]', 'u');
  return unprintable.test(char);
}

/** A quoted string constant. */
export function quoteText(text: string): string {
  const quote = text.includes("'") ? '"' : "'";
  let result = quote;
  for (const char of text) {
    if (char === quote || char === '\\') result += `\\${char}`;
    else if (!isUnprintable(char)) result += char;
    else result += NAMED[char] ?? escapeCodePoint(char.codePointAt(0) as number);
  }
  return result + quote;
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** A quoted bytestring constant; the terminating NUL is not part of `bytes`. */
export function quoteBytes(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) ? '"' : "'";
  let result = `b${quote}`;
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (char === '\\' || char === '"') result += `\\${char}`;
    else if (byte >= 0x20 && byte < 0x7f) result += char;
    else result += byte === 7 ? '\\007' : (NAMED[char] ?? `\\${byte.toString(8).padStart(3, '0')}`);
  }
  return result + quote;
}

/** C's `%.17g`, with `.0` behind what would look like an integer. */
export function printDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { digits, exponent } = significant(Math.abs(value));
  if (exponent < -4 || exponent >= 17) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    const fraction = trimZeros(digits.slice(1));
    return `${sign}${digits.charAt(0)}${fraction && `.${fraction}`}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  const padded = exponent < 0 ? '0'.repeat(-exponent) + digits : digits;
  const point = exponent < 0 ? 1 : exponent + 1;
  return `${sign}${padded.slice(0, point)}.${trimZeros(padded.slice(point)) || '0'}`;
}

/** 17 significant digits. Halfway between two, C takes the even one and JavaScript the larger one. */
function significant(value: number): { digits: string; exponent: number } {
  const [mantissa, power] = value.toExponential(16).split('e') as [string, string];
  // oxlint-disable-next-line oxc/number-arg-out-of-range -- the limit has been 100 since ES2018
  const more = value.toExponential(60).replace('.', '');
  const isEvenTie = /^.{16}[02468]50*e/.test(more);
  return { digits: isEvenTie ? more.slice(0, 17) : mantissa.replace('.', ''), exponent: Number(power) };
}

function trimZeros(digits: string): string {
  return digits.replace(/0+$/, '');
}
