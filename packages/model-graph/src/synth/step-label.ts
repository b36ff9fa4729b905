// The annotation around a step, in the form that vLLM writes for performance tools: for prompts
// ("context") and decoding sequences ("generation") their number and, over them, the sums of query
// lengths (sq), key lengths (sk), squared query lengths (sqsq) and products of both (sqsk).
import { phaseOf, type SequenceStep } from '../batch.js'

/** The label of a step. */
export function stepLabel(sequences: readonly SequenceStep[]): string {
  const of = (phase: 'prefill' | 'decode') => {
    let [count, sq, sk, sqsq, sqsk] = [0, 0, 0, 0, 0]
    for (const sequence of sequences) {
      if (phaseOf(sequence) !== phase) continue
      const { newTokens: q, pastTokens = 0, count: equal = 1 } = sequence
      const k = pastTokens + q
      count += equal
      sq += equal * q
      sk += equal * k
      sqsq += equal * q * q
      sqsk += equal * q * k
    }
    return { count, sq, text: `(sq${sq}sk${sk}sqsq${sqsq}sqsk${sqsk})` }
  }
  const prompts = of('prefill')
  const decodes = of('decode')
  return `execute_${prompts.sq + decodes.sq}_context_${prompts.count}${prompts.text}_generation_${decodes.count}${decodes.text}`
}
