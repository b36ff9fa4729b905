// The batch size of a step or of a captured graph: engines capture one graph for each of several sizes and
// pad a batch to the next one, so names alone do not tell which graph was replayed.
import type { CapturedLaunch } from './captured-graph.js'

// SGLang: step[DECODE bs=64 …]. Steps of speculative decoding run several tokens for each request, so their
// bs is not the size that the graph was captured for.
const SGLANG_STEP = /^step\[DECODE bs=(\d+)\b/
// vLLM: execute_<tokens>_context_…, and before that execute_context_<requests>(<tokens>)_generation_<…>(<tokens>).
const VLLM_STEP = /^execute_(\d+)_context_/
const VLLM_STEP_BEFORE = /^execute_context_\d+\((\d+)\)_generation_\d+\((\d+)\)/
const CAPTURE_LABEL = /\b(?:bs|batch_size|num_tokens)[=_: ]+(\d+)/i
const CAPTURE_FILE = /(?:^|_)bs_(\d+)_rank/

/** Batch size that a step's annotation names; undefined for other annotations. */
export function stepBatchSize(annotation: string): number | undefined {
  const one = (SGLANG_STEP.exec(annotation) ?? VLLM_STEP.exec(annotation))?.[1]
  if (one !== undefined) return Number(one)
  const before = VLLM_STEP_BEFORE.exec(annotation)
  return before === null ? undefined : Number(before[1]) + Number(before[2])
}

/** Whether an annotation marks a step, with a batch size or without. */
export function isStep(annotation: string): boolean {
  return stepBatchSize(annotation) !== undefined || /^(?:ProfilerStep#|step\[)/.test(annotation)
}

/** Batch size that a capture's file name tells: `bs_64_rank0.json.gz`. */
export function fileBatchSize(source: string): number | undefined {
  const found = CAPTURE_FILE.exec(source)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Batch size that an annotation around a capture names. */
export function captureBatchSize(annotation: string): number | undefined {
  const found = CAPTURE_LABEL.exec(annotation)?.[1]
  return found === undefined ? stepBatchSize(annotation) : Number(found)
}

/** The commonest leading dimension of the operators' first tensors: activations lead with the batch. */
export function shapesBatchSize(launches: readonly CapturedLaunch[]): number | undefined {
  const counts = new Map<number, number>()
  for (const { op } of launches) {
    const first = op?.args.find((arg) => arg.kind === 'tensor' && arg.shape.length > 1)
    if (first?.kind !== 'tensor') continue
    counts.set(first.shape[0]!, (counts.get(first.shape[0]!) ?? 0) + 1)
  }
  const [commonest] = [...counts].sort(([a, m], [b, n]) => n - m || a - b)
  return commonest?.[0]
}
