// The windows of attention layers, which no trace records: which layer each attention kernel belongs to, and
// what the model says of that layer.
import type { KernelEvent, KernelOperation } from '@flowsim/trace-schema'
import { noted } from './model-note.js'
import type { ModelShape } from './model-shape.js'

/** Kinds of a model's layers that attend with keys and values. */
function attending({ layers, layerKinds }: ModelShape): number[] {
  return layers.flatMap((kind, layer) => (layerKinds[kind]?.mixer.type === 'linear' ? [] : [layer]))
}

/**
 * The layer of each attention kernel: by a name that holds it, else by counting, if the trace holds whole
 * steps only.
 */
export function attentionLayers(
  kernels: readonly KernelEvent[],
  operations: readonly KernelOperation[],
  model: ModelShape,
): Map<number, number> {
  const own = operations.flatMap(({ op, auxiliary }, i) =>
    op === 'attention' && auxiliary !== true ? [i] : [],
  )
  const layers = attending(model)
  const counts = layers.length > 0 && own.length % layers.length === 0
  const found = new Map<number, number>()
  own.forEach((i, position) => {
    const layer =
      layerInNames(kernels[i]!) ?? (counts ? layers[position % layers.length] : undefined)
    if (layer !== undefined && layer < model.layers.length) found.set(i, layer)
  })
  return found
}

const LAYER = /\blayers?[._](\d+)\b|DecoderLayer_(\d+)\b/

function layerInNames({ op, modules = [], scopes = [] }: KernelEvent): number | undefined {
  const values = op?.args.flatMap((arg) => (arg.kind === 'scalar' ? [arg.value] : [])) ?? []
  for (const text of [...values, ...[...modules].reverse(), ...[...scopes].reverse()]) {
    const match = LAYER.exec(text)
    if (match !== null) return Number(match[1] ?? match[2])
  }
  return undefined
}

/** The attention of a layer, with the window that the model gives it. */
export function withWindow(
  operation: KernelOperation,
  { layers, layerKinds }: ModelShape,
  layer: number,
): KernelOperation {
  const mixer = layerKinds[layers[layer]!]?.mixer
  const { call } = operation
  if (mixer?.type !== 'attention' || mixer.window === undefined) return operation
  if (call?.op !== 'attention' || call.window !== undefined || mixer.window >= call.kvLen) {
    return operation
  }
  // Sums over the sequences hold for a full mask only.
  const { pairs: _, ...rest } = call
  return noted(operation, { ...rest, window: mixer.window }, 'window of its layer')
}
