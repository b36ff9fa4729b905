// A step in the form that a serving simulator asks for: built once, sized for every batch.
import type { BatchSummary } from './batch.js'
import { stepDtypes } from './dtypes.js'
import type { GraphOp, StepOptions } from './graph.js'
import type { ModelConfig } from './model.js'
import { type Layout, planLayout } from './parallelism.js'
import { ProgramBuilder, type Template } from './program/builder.js'
import { addStep } from './program/program.js'
import { emptySizes, fillSizes } from './program/sizes.js'

/** A step that has been built and waits for batches. */
export interface CompiledStep {
  /**
   * The operations for a batch, layers of one kind collapsed. The array and the operations in it are
   * the same at every call and are resized by the next one: copy what is to be kept.
   */
  (batch: BatchSummary): readonly GraphOp[]
  readonly layout: Layout
}

/**
 * Builds the step of a model once, for many batches. A call costs a few numbers set in some twenty
 * operations, whatever the depth of the model.
 * @throws {@link ModelGraphError} as `buildStep` does, for all but the batch
 */
export function compileStep(model: ModelConfig, options: StepOptions = {}): CompiledStep {
  const layout = planLayout(model, options.parallelism)
  const builder = new ProgramBuilder(model, layout, stepDtypes(model, options.dtypes), options)
  addStep(builder, false)
  const sizes = emptySizes()
  const variants: (Variant | undefined)[] = []
  const step = (batch: BatchSummary): readonly GraphOp[] => {
    const index = variantOf(batch)
    let variant = variants[index]
    if (variant === undefined) {
      variant = selectVariant(builder.templates, batch)
      variants[index] = variant
    }
    fillSizes(sizes, batch, layout)
    const { templates, ops } = variant
    for (let i = 0; i < templates.length; i++) templates[i]!.size(sizes)
    return ops
  }
  return Object.assign(step, { layout })
}

interface Variant {
  templates: Template[]
  ops: GraphOp[]
}

function variantOf(batch: BatchSummary): number {
  return (
    (batch.prefillSequences > 0 ? 1 : 0) |
    (batch.decodeSequences > 0 ? 2 : 0) |
    (batch.samples > 0 ? 4 : 0)
  )
}

/** The operations that a batch has: those of the phases and samples in it. */
export function selectVariant(all: Template[], batch: BatchSummary): Variant {
  const templates = all.filter(({ needs, op }) => {
    if (needs === 'prefill' && batch.prefillSequences === 0) return false
    if (needs === 'decode' && batch.decodeSequences === 0) return false
    return (needs !== 'samples' && op.varies !== 'samples') || batch.samples > 0
  })
  return { templates, ops: templates.map(({ op }) => op) }
}
