// The steps of a generation: one prompt step, then decoding token by token.
import { buildStep } from '../build.js'
import type { StepGraph, StepOptions } from '../graph.js'
import type { ModelConfig } from '../model.js'

/** A batch of equal requests. */
export interface GenerationOptions extends StepOptions {
  promptTokens: number
  /** Tokens generated for each request, the first of them by the prompt step. */
  outputTokens: number
  /** Requests in the batch; 1 if absent. */
  sequences?: number
}

/**
 * The expanded steps of a batch of requests from prompt to last token, for {@link synthesizeTraces}.
 * @throws {@link ModelGraphError} as `buildStep` does
 */
export function buildGeneration(model: ModelConfig, options: GenerationOptions): StepGraph[] {
  const { promptTokens, outputTokens, sequences = 1, ...rest } = options
  const step = (newTokens: number, pastTokens: number) =>
    buildStep(model, {
      ...rest,
      expand: true,
      batch: [{ newTokens, pastTokens, count: sequences }],
    })
  const decodes = Array.from({ length: Math.max(0, outputTokens - 1) }, (_, i) =>
    step(1, promptTokens + i),
  )
  return [step(promptTokens, 0), ...decodes]
}
