// Dimensions of a call as a line of text: `m=256 n=1024 k=512 bf16`.
import type { OpCall } from '@flowsim/trace-schema'

const FIRST =
  'function phase batch queryLen kvLen heads kvHeads headDim groups tokens m n k rows cols elements bytes'.split(
    ' ',
  )

/** What it is and its dimensions come first, in the order in which people say them, the type last. */
function rankOf(name: string): number {
  const place = FIRST.indexOf(name)
  return name === 'dtype' ? 99 : place < 0 ? FIRST.length : place
}

function dimension(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? name : ''
  return name === 'dtype' ? String(value) : `${name}=${value}`
}

/** The dimensions of a call, the same for equal calls. */
export function shapeText(call: OpCall): string {
  const { op: _, schema: __, ...dimensions } = call
  return Object.entries(dimensions)
    .sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .map(([name, value]) => dimension(name, value))
    .filter((text) => text !== '')
    .join(' ')
}
