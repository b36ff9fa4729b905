// One step, built for one batch.
import { type BatchSummary, lengthGroups, type SequenceStep, summarizeBatch } from './batch.js'
import { selectVariant } from './compile.js'
import { stepDtypes } from './dtypes.js'
import type { GraphOp, StepGraph, StepOptions } from './graph.js'
import type { ModelConfig } from './model.js'
import { planLayout } from './parallelism.js'
import { ProgramBuilder, type Template } from './program/builder.js'
import { addStep } from './program/program.js'
import { emptySizes, fillAttention, fillSizes, type Sizes } from './program/sizes.js'

/** A step to build. */
export interface BuildStepOptions extends StepOptions {
  /** The sequences of one attention replica; the others are taken to have equal batches. */
  batch: readonly SequenceStep[]
  /** Every layer in turn, in order of execution, instead of one set of operations for each kind. */
  expand?: boolean
  /**
   * `batch`: one call for each attention kernel, as engines launch them, with mean lengths where
   * they differ. `lengths`: one call for each group of equal lengths.
   */
  attention?: 'batch' | 'lengths'
}

/**
 * The operations of one step: what one device of each stage does for a batch.
 * @throws {@link ModelGraphError} `invalid_parallelism`, `invalid_batch` or `invalid_option`, naming
 *   the field
 */
export function buildStep(model: ModelConfig, options: BuildStepOptions): StepGraph {
  const batch = summarizeBatch(options.batch)
  const layout = planLayout(model, options.parallelism)
  const builder = new ProgramBuilder(model, layout, stepDtypes(model, options.dtypes), options)
  const expanded = options.expand ?? false
  addStep(builder, expanded)
  const sizes = emptySizes()
  fillSizes(sizes, batch, layout)
  const { templates } = selectVariant(builder.templates, batch)
  const groups = options.attention === 'lengths' ? lengthGroups(options.batch) : undefined
  return {
    model,
    layout,
    stage: options.stage ?? null,
    sequences: options.batch,
    batch,
    expanded,
    ops: templates.flatMap((template) => {
      if (template.perLength === true && groups !== undefined) {
        return callPerLength(template, groups)
      }
      template.size(sizes)
      return [template.op]
    }),
  }
}

function callPerLength(template: Template, groups: BatchSummary[]): GraphOp[] {
  const sizes: Sizes = emptySizes()
  return groups
    .filter((group) =>
      template.needs === 'prefill' ? group.prefillSequences > 0 : group.decodeSequences > 0,
    )
    .map((group) => {
      fillAttention(sizes, group)
      template.size(sizes)
      return { ...template.op, call: { ...template.op.call } }
    })
}
