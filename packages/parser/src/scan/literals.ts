// Words that stand where a JSON value should. Kineto has written bare `inf`, `nan` and `N/A`
// (pytorch/kineto#105, #131, #133), Python tools write NaN and Infinity.

/** What a word outside of strings is. */
export type LiteralKind = 'json' | 'repairable' | 'unknown'

const REPAIRABLE = /^[-+]?(?:nan|inf|infinity|n\/a|none|true|false|undefined)$/i
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i

/** Tells JSON's own literals and numbers from words that can be mended and from what cannot. */
export function literalKind(buf: Uint8Array, start: number, end: number): LiteralKind {
  const length = end - start
  const first = buf[start]!
  // Numbers: digits first, the common case, without a string.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2d) {
    let plain = length > 0
    for (let i = start + 1; i < end; i++) {
      const c = buf[i]!
      if ((c < 0x30 || c > 0x39) && c !== 0x2e) {
        plain = false
        break
      }
    }
    if (plain && (first !== 0x2d || length > 1)) return 'json'
  }
  if (length === 0 || length > 40) return 'unknown'
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(buf[i]!)
  if (text === 'true' || text === 'false' || text === 'null') return 'json'
  if (NUMBER.test(text)) return 'json'
  return REPAIRABLE.test(text) ? 'repairable' : 'unknown'
}
