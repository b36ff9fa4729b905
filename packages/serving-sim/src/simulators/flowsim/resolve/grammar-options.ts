// Structured output of a group: the times of its library, unless stated.
import { STRUCTURED_OUTPUT } from '../defaults.js'
import { GRAMMAR_TIMES } from '../grammars/engines.js'
import type { GrammarOptions } from '../grammars/options.js'
import type { StructuredOutputConfig } from '../grammars/schema.js'

export function grammarOptions(config: StructuredOutputConfig): GrammarOptions {
  const times = GRAMMAR_TIMES[config.engine ?? STRUCTURED_OUTPUT.engine.value]
  return {
    maskNs: (config.maskUs ?? times.maskUs) * 1e3,
    maskThreads: config.maskThreads ?? STRUCTURED_OUTPUT.maskThreads.value,
    compileNs: (config.compileMs ?? times.compileMs) * 1e6,
    compileThreads: config.compileThreads ?? STRUCTURED_OUTPUT.compileThreads.value,
    overlapped: config.overlapped ?? STRUCTURED_OUTPUT.overlapped.value,
  }
}
