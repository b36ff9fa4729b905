import { expect, it } from 'vitest'
import { parseTrace } from './parse-trace.js'
import { withSharedTexts } from './shared-texts.js'
import { bytesOf } from './testing/make-trace.js'

it('a trace as a thread posts it says the same with its texts shared', async () => {
  const event = (cat: string, name: string, tid: string, ts: number, args: string) =>
    `{"ph": "X", "cat": "${cat}", "name": "${name}", "pid": 1, "tid": ${tid}, "ts": ${ts}, "dur": 5, "args": {${args}}}`
  const events = [0, 1].flatMap((n) => [
    event('user_annotation', `step ${n}`, '"main"', 100 * n, ''),
    event('cuda_runtime', 'cudaLaunchKernel', '"main"', 100 * n + 1, `"correlation": ${n + 1}`),
    event('kernel', 'gemm', '7', 100 * n + 20, `"correlation": ${n + 1}, "stream": 7`),
  ])
  const bytes = bytesOf(`{"schemaVersion": 1, "traceEvents": [${events.join(',')}]}`)
  const trace = await parseTrace(bytes, { hostCalls: true })
  expect(trace.kernels.map(({ scopes }) => scopes)).toEqual([['step 0'], ['step 1']])
  expect(withSharedTexts(structuredClone(trace))).toEqual(trace)
})
