/** `150 bytes`, `4.1 kB`, `12.3 MB`: decimal units, one digit, a no-break space before a unit that is not `bytes`. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  let factor = 1000;
  let unit = 0;
  while (bytes >= factor * 1000 && unit < units.length - 1) {
    factor *= 1000;
    unit++;
  }
  return `${oneDecimal(bytes / factor)}\u00a0${units[unit] as string}`;
}

/** C's `%.1f`: a value exactly between two decimals goes to the even one, where `toFixed` goes up. */
function oneDecimal(value: number): string {
  // Only quarters can lie exactly between; three of them are rounded alike by both.
  return value % 1 === 0.25 ? `${Math.floor(value)}.2` : value.toFixed(1);
}
