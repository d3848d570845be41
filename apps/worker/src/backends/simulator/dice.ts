/** Uniform in [0, 1). */
export type Dice = () => number;

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): a bijection of 32-bit integers. */
function mix32(integer: number): number {
  let mixed = integer | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * The dice of one call, by the generator mulberry32 (Tommy Ettinger, 2017, public domain). Both arguments are integers and
 * count modulo 2³². Under one seed no two calls start from the same state.
 */
export function createDice(seed: number, callNumber: number): Dice {
  let state = mix32(mix32(seed) + callNumber);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal deviate from two throws (Box and Muller, 1958). */
export function normalDeviate(dice: Dice): number {
  const radius = Math.sqrt(-2 * Math.log(1 - dice()));
  return radius * Math.cos(2 * Math.PI * dice());
}
