/** Degrees of parallelism of a run of ReaLLM. */
export interface ReallmDegrees {
  expert: number
  tensor: number
  pipeline: number
  context: number
}

/** `ep2_tp4`, in any order; what is not named is 1. */
export function parallelDegrees(text: string): ReallmDegrees {
  const degree = (name: string) => Number(new RegExp(`${name}(\\d+)`).exec(text)?.[1] ?? 1)
  return {
    expert: degree('ep'),
    tensor: degree('tp'),
    pipeline: degree('pp'),
    context: degree('cp'),
  }
}
