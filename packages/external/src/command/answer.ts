// What a program may answer, and what of it can be used.

/** A usable answer. */
export interface Answer {
  seconds: number
  p10?: number
  p90?: number
  source?: string
}

/** Reads the line of a program; a text says what is wrong with it, or that it has no answer. */
export function readAnswer(
  answer: Readonly<Record<string, unknown>>,
): Answer | { unsupported: string } | { fault: string } {
  if (answer.unsupported !== undefined && answer.unsupported !== false) {
    return {
      unsupported: typeof answer.unsupported === 'string' ? answer.unsupported : 'unsupported',
    }
  }
  if (answer.error !== undefined) return { fault: `error: ${String(answer.error).slice(0, 200)}` }
  const { seconds, p10, p90, source } = answer
  if (!isTime(seconds)) return { fault: `seconds: ${shown(seconds)} is not a time in seconds` }
  if (p10 !== undefined && !(isTime(p10) && p10 <= seconds)) {
    return { fault: `p10: ${shown(p10)} is not a time up to seconds` }
  }
  if (p90 !== undefined && !(isTime(p90) && p90 >= seconds)) {
    return { fault: `p90: ${shown(p90)} is not a time from seconds on` }
  }
  return {
    seconds,
    ...(p10 === undefined ? {} : { p10: p10 as number }),
    ...(p90 === undefined ? {} : { p90: p90 as number }),
    ...(typeof source === 'string' ? { source: source.slice(0, 200) } : {}),
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity
}

function shown(value: unknown): string {
  return value === undefined
    ? 'missing, which'
    : (JSON.stringify(value)?.slice(0, 60) ?? 'missing, which')
}
