const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A number in (0, 1) that looks random and is always the same for the same strings: 32-bit FNV-1a (Fowler, Noll and Vo,
 * RFC 9923) over their UTF-16 code units, low byte first, and the finalizer of MurmurHash3 (Appleby), which spreads what FNV leaves
 * in the low bits.
 */
export function hashToUnit(...parts: readonly string[]): number {
  let hash = FNV_OFFSET;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 1) hash = withUnit(hash, part.charCodeAt(at));
    // No code unit of a well-formed string: where one part ends is part of the hash.
    hash = withUnit(hash, 0xffff);
  }
  return ((finalized(hash) >>> 0) + 0.5) / 2 ** 32;
}

function withUnit(hash: number, unit: number): number {
  const low = Math.imul(hash ^ (unit & 0xff), FNV_PRIME);
  return Math.imul(low ^ (unit >>> 8), FNV_PRIME);
}

function finalized(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
