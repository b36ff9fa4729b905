// Cycles of one systolic array, output stationary, as LLMCompass counts them: near-full utilisation for
// large products, else SCALE-Sim, whose tables obey a closed form. For an array of H x W cells and
// X = max(H, W):
//
//   1. M >= H, N >= W:  MNK/(H W X) >= 128: MNK/(H W mac) / 0.99;  >= 64: / 0.98
//   2. M >= H, N < W:   KM/(H X) >= 64:     MNK/(H W mac) / (N/W / 0.98)
//   3. M < H, N >= W:   KN/(W X) >= 64:     MNK/(H W mac) / (M/H / 0.98)
//   4. M < H, N < W:    K/X >= 64:          MNK/(H W mac) / (M/H N/W / 0.98)
//   5. else             (ceil(M/H) ceil(N/W) (K + H + W - 2) - 1) / mac
//
// all rounded up. 2 to 4 divide by the utilisation over 0.98 where they mean its product with 0.98; the
// bug belongs to the numbers. 5 agrees with all 58,121 output-stationary rows that LLMCompass ships and
// with SCALE-Sim 2.0.2 itself on 76 further shapes. Divisions stay in the order written.

/** Cycles of `M x K` times `K x N` on one array of `H x W` cells with `mac` multiply-adds each. */
export type ArrayCycles = (
  M: number,
  N: number,
  K: number,
  H: number,
  W: number,
  mac: number,
) => number

/** {@link ArrayCycles} as LLMCompass counts them. */
export const llmcompassArrayCycles: ArrayCycles = (M, N, K, H, W, mac) => {
  const X = Math.max(H, W)
  const product = M * N * K
  if (M >= H) {
    if (N >= W) {
      const folds = product / H / W / X
      if (folds >= 64) return Math.ceil(product / H / W / mac / (folds >= 128 ? 0.99 : 0.98))
    } else if ((K * M) / H / X >= 64) {
      return Math.ceil(product / H / W / mac / (N / W / 0.98))
    }
  } else if (N >= W) {
    if ((K * N) / W / X >= 64) return Math.ceil(product / H / W / mac / (M / H / 0.98))
  } else if (K / X >= 64) {
    return Math.ceil(product / H / W / mac / (((M / H) * N) / W / 0.98))
  }
  return Math.ceil((Math.ceil(M / H) * Math.ceil(N / W) * (K + H + W - 2) - 1) / mac)
}

/**
 * {@link ArrayCycles} with the utilisation applied the right way: a product that leaves rows or columns
 * of the array idle takes 2 % longer than its share of the array, not 2 % less.
 */
export const mendedArrayCycles: ArrayCycles = (M, N, K, H, W, mac) => {
  const X = Math.max(H, W)
  const rows = Math.min(M, H)
  const cols = Math.min(N, W)
  const product = M * N * K
  // Passes of the array's depth over what of it is in use.
  const folds = product / rows / cols / X
  if (folds >= 64) {
    const used = M >= H && N >= W && folds >= 128 ? 0.99 : 0.98
    return Math.ceil(product / rows / cols / mac / used)
  }
  return Math.ceil((Math.ceil(M / H) * Math.ceil(N / W) * (K + H + W - 2) - 1) / mac)
}
