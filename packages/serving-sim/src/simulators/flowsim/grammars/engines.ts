// What libraries for structured output take, as measured: the mean time of a mask and of compiling a schema, over the
// 10,000 schemas of JSONSchemaBench on one thread of an EPYC of an A100 server.
//
// Source: guidance-ai/jsonschemabench, maskbench/README.md (TBM avg, TTFM avg).

export const GRAMMAR_ENGINES = ['xgrammar', 'llguidance', 'outlines'] as const

export type GrammarEngine = (typeof GRAMMAR_ENGINES)[number]

export const GRAMMAR_TIMES: Record<GrammarEngine, { maskUs: number; compileMs: number }> = {
  xgrammar: { maskUs: 292, compileMs: 4137.53 },
  llguidance: { maskUs: 49, compileMs: 1.637 },
  outlines: { maskUs: 59_420, compileMs: 37_948.447 },
}
