import { deflateRawSync } from 'node:zlib';

const SAMPLE = 32 * 1024;
const SAMPLES = 16;

/** Roughly how many bytes are left of `bytes` after compression: samples are taken of what is large. */
export function compressedEstimate(bytes: Uint8Array): number {
  if (bytes.length <= SAMPLE * SAMPLES) return deflateRawSync(bytes, { level: 1 }).length;
  const stride = (bytes.length - SAMPLE) / (SAMPLES - 1);
  let total = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const at = Math.round(i * stride);
    total += deflateRawSync(bytes.subarray(at, at + SAMPLE), { level: 1 }).length;
  }
  return Math.round((total * bytes.length) / (SAMPLE * SAMPLES));
}
