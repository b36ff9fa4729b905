// Numbers as people write them: 4096, 4k, 1.5M, 64MB. Small letters are powers of 1000, capitals of 1024, as vLLM
// reads them (FlexibleArgumentParser, human_readable_int); with a B they are bytes: MB of 1000, MiB of 1024.

/** What the letters of an amount stand for. */
const DECIMAL: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 }
const BINARY: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** How to write an amount, for help. */
export const AMOUNT_HELP = '4k is 4000 and 4K 4096; bytes: 64MB, 64MiB'

/** An amount; `isBytes` where the unit says so. */
export interface Amount {
  value: number
  isBytes: boolean
}

/** Reads an amount; undefined for what is not one. */
export function readAmount(text: string): Amount | undefined {
  const [, number, letters = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)$/.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  const scale = scaleOf(letters)
  if (scale === undefined) return undefined
  const value = Number(number) * scale
  // 1.1k is 1100, not 1100.0000000000002.
  const rounded = Math.round(value)
  const isWhole = scale > 1 && Math.abs(value - rounded) <= 1e-9 * Math.abs(value)
  return { value: isWhole ? rounded : value, isBytes: letters.endsWith('B') }
}

/** Reads a number of things, such as tokens; undefined for what is not one, and for bytes. */
export function countOf(text: string): number | undefined {
  const amount = readAmount(text)
  return amount === undefined || amount.isBytes ? undefined : amount.value
}

function scaleOf(letters: string): number | undefined {
  if (letters === '' || letters === 'B') return 1
  const [, prefix, binary, bytes] = /^([kKmMgGtT])(i?)(B?)$/.exec(letters) ?? []
  if (prefix === undefined) return undefined
  if (binary === 'i') return bytes === 'B' ? BINARY[prefix.toUpperCase()] : undefined
  if (bytes === 'B') return DECIMAL[prefix.toLowerCase()]
  return DECIMAL[prefix] ?? BINARY[prefix]
}
