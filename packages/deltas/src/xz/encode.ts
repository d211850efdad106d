/** Compresses to one xz stream with a CRC64, as libostree writes parts. */
export async function encodeXz(bytes: Uint8Array, preset = 8): Promise<Uint8Array> {
  const { check, xzSync } = await import('node-liblzma');
  return xzSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { preset, check: check.CRC64 });
}
