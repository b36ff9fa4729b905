// Annotations that carry tensor shapes, written around kernels that no operator describes.
// Two grammars:
//   base|name[4x16:float32],name[7:int64]           (hooks around kernel launchers; SGLang writes 4,16)
//   base[name=(8, 4),name=(7,),dtype=torch.int32,…] (older hooks; types in order of the tensors)
import type { TensorArg } from '@flowsim/trace-schema'
import { parseDtype } from '@flowsim/trace-schema'

/** What a label says: the launcher's name and its tensors. */
export interface ShapeLabel {
  base: string
  tensors: TensorArg[]
}

const TOKEN = /^([^[\]]*)\[([^\]:]*)(?::([^\]]*))?\]$/
const LEGACY_TENSOR = /([A-Za-z_]\w*)=\(([\d,\s]*)\)/g

/** Reads a label in either grammar; `undefined` for annotations that carry no shapes. */
export function parseShapeLabel(text: string): ShapeLabel | undefined {
  const bar = text.indexOf('|')
  if (bar >= 0) return parseBarred(text.slice(0, bar).trim(), text.slice(bar + 1))
  const open = text.indexOf('[')
  if (open <= 0 || !text.endsWith(']')) return undefined
  return parseLegacy(text.slice(0, open).trim(), text.slice(open + 1, -1))
}

function parseBarred(base: string, list: string): ShapeLabel | undefined {
  const tensors: TensorArg[] = []
  for (const token of splitTop(list)) {
    const match = TOKEN.exec(token.trim())
    if (match === null) continue
    const [, name, sizes, type] = match
    const shape =
      sizes === '' ? [] : sizes!.split(/[xX,]/).map((size) => Number(size.trim() || Number.NaN))
    if (!shape.every(Number.isSafeInteger)) continue
    tensors.push(tensor(name!.trim(), shape, type ?? ''))
  }
  return tensors.length > 0 ? { base, tensors } : undefined
}

/** Splits at commas outside of brackets, so that a type may hold commas. */
function splitTop(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '[' || c === '(') depth++
    else if (c === ']' || c === ')') depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

function parseLegacy(base: string, list: string): ShapeLabel | undefined {
  const types = (/dtype=(.*)$/s.exec(list)?.[1] ?? '').split(',').map((type) => type.trim())
  const tensors: TensorArg[] = []
  for (const [, name, sizes] of list.matchAll(LEGACY_TENSOR)) {
    const shape = sizes!
      .split(',')
      .filter((size) => size.trim() !== '')
      .map(Number)
    tensors.push(tensor(name!, shape, types[tensors.length] ?? ''))
  }
  return tensors.length > 0 ? { base, tensors } : undefined
}

function tensor(name: string, shape: number[], type: string): TensorArg {
  const dtype = parseDtype(type)
  return { ...(name === '' ? {} : { name }), shape, ...(dtype === undefined ? {} : { dtype }) }
}
