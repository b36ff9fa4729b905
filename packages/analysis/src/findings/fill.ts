// Sentences with their values: `{name:kind}` stands for a value of a kind, and `{name:gap}` for so many gaps.
import { formatBytes } from '@flowsim/trace-schema'

/** A value of a sentence; undefined where it is not known. */
export type Value = number | string | undefined

const KINDS: Record<string, (value: number) => string> = {
  count: (value) => Math.round(value).toLocaleString('en-US'),
  percent: (value) => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`,
  time: (ns) =>
    ns >= 1e9
      ? `${(ns / 1e9).toFixed(2)} s`
      : ns >= 1e6
        ? `${(ns / 1e6).toFixed(2)} ms`
        : ns >= 1e3
          ? `${(ns / 1e3).toFixed(1)} µs`
          : `${Math.round(ns)} ns`,
  bytes: formatBytes,
}

/** The sentence; null where one of its values is not known. */
export function fill(text: string, values: Readonly<Record<string, Value>>): string | null {
  let isKnown = true
  const filled = text.replace(/\{(\w+)(?::([\w ]+))?\}/g, (_, name: string, kind?: string) => {
    const value = values[name]
    if (value === undefined) {
      isKnown = false
      return ''
    }
    if (typeof value !== 'number' || kind === undefined) return String(value)
    return Object.hasOwn(KINDS, kind) ? KINDS[kind]!(value) : counted(value, kind)
  })
  return isKnown ? filled : null
}

function counted(value: number, noun: string): string {
  const several = noun.endsWith('y')
    ? `${noun.slice(0, -1)}ies`
    : /ch$/.test(noun)
      ? `${noun}es`
      : `${noun}s`
  return `${KINDS.count!(value)} ${value === 1 ? noun : several}`
}
