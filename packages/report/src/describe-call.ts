// An operation's dimensions in a few characters, as people in the field write them.
import type { KernelOperation, OpCall } from '@flowsim/trace-schema'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Bytes in binary units: `16 MiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0
  let value = bytes
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${Number.isInteger(value) ? value : value.toPrecision(3)} ${UNITS[unit]}`
}

/** Dimensions and types: `8192×9216×7168 bf16` for a product of m×k and k×n matrices. */
export function describeCall(call: OpCall): string {
  const types = typesOf(call)
  return types === '' ? dimensions(call) : `${dimensions(call)} ${types}`
}

/** Dimensions of a kernel's operation, or the shapes of its tensors; null where neither is known. */
export function describeShape({ call, tensors }: KernelOperation): string | null {
  if (call) return describeCall(call)
  if (tensors.length === 0) return null
  const shapes = tensors.slice(0, 4).map(({ shape }) => `[${shape.join(', ')}]`)
  const more = tensors.length > 4 ? ` +${tensors.length - 4}` : ''
  return shapes.join(' ') + more
}

function typesOf(call: OpCall): string {
  const of = (key: string) => {
    const value = (call as Record<string, unknown>)[key]
    return typeof value === 'string' ? value : undefined
  }
  const dtype = of('dtype')
  if (!dtype) return ''
  const weight = of('weightDtype') ?? of('kvDtype') ?? of('cacheDtype')
  const out = of('outDtype')
  const inputs = weight && weight !== dtype ? `${dtype}×${weight}` : dtype
  return out && out !== dtype ? `${inputs}→${out}` : inputs
}

function dimensions(call: OpCall): string {
  switch (call.op) {
    case 'matmul':
      return `${call.m}×${call.n}×${call.k}`
    case 'bmm':
      return `${call.batch} × ${call.m}×${call.n}×${call.k}`
    case 'grouped_gemm':
      return `${call.groups} groups, ${call.m}×${call.n}×${call.k}`
    case 'moe':
      return `${call.tokens} tokens, ${call.hidden}→${call.inter}, ${call.topk} of ${call.experts}`
    case 'attention': {
      const heads = call.kvHeads === call.heads ? `${call.heads}` : `${call.heads}/${call.kvHeads}`
      const lengths = `q ${round(call.queryLen)}, kv ${round(call.kvLen)}`
      return `${call.batch} × ${lengths}, ${heads} heads × ${call.headDim}`
    }
    case 'conv':
      return `${call.batch}×${call.inChannels}×${call.inputSize.join('×')} → ${call.outChannels}, ${call.kernelSize.join('×')}`
    case 'embedding':
      return `${call.tokens}×${call.hidden}`
    case 'rope':
      return `${call.tokens} × ${call.heads + call.kvHeads} heads × ${call.headDim}`
    case 'kv_cache_write':
      return `${call.tokens}×${call.width}`
    case 'topk':
      return `${call.rows}×${call.cols}, ${call.k}`
    case 'moe_route':
      return `${call.tokens} tokens, ${call.topk} of ${call.experts}`
    case 'moe_permute':
      return `${call.tokens}×${call.hidden}, top ${call.topk}`
    case 'memcpy':
      return `${formatBytes(call.bytes)} ${call.direction.replaceAll('_', ' ')}`
    case 'memset':
      return formatBytes(call.bytes)
    case 'barrier':
      return `${call.devices} ranks`
    case 'other':
      return call.name
    default:
      if ('devices' in call) return `${call.elements} elements, ${call.devices} ranks`
      if ('elements' in call) return `${call.elements}`
      return `${call.rows}×${call.cols}`
  }
}

function round(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1)
}
