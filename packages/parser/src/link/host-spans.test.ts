import { describe, expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf, host, traceText } from '../testing/make-trace.js'
import { LAUNCHED } from '../testing/samples.js'

const text = traceText([
  ...LAUNCHED,
  host('cpu_op', 'aten::outer', 0, 50, {}, 2),
  host('cpu_op', 'aten::inner', 10, 5, {}, 2),
  host('python_function', 'model.py(1): forward', 0, 99, {}, 3),
])
const spansOf = async (hostSpans?: number) =>
  (await parseTrace(bytesOf(text), hostSpans === undefined ? {} : { hostSpans })).hostSpans

describe('spans of the host', () => {
  it('are kept where asked for: operators and Python frames by name, kind and thread', async () => {
    expect(await spansOf()).toBeUndefined()
    const spans = (await spansOf(100))!
    const rows = spans.startNs.map((_, i) => [
      spans.names[spans.name[i]!],
      spans.kind[i],
      spans.threads[spans.thread[i]!]!.tid,
      spans.durationNs[i],
    ])
    expect(rows).toContainEqual(['aten::outer', 'operator', 2, 50_000])
    expect(rows).toContainEqual(['aten::inner', 'operator', 2, 5_000])
    expect(rows).toContainEqual(['model.py(1): forward', 'frame', 3, 99_000])
    expect(spans.leftOut).toBeNull()
  })

  it('are the longest where there are more, and say how many are not there', async () => {
    const all = (await spansOf(100))!
    const spans = (await spansOf(2))!
    expect(spans.durationNs.toSorted((a, b) => a - b)).toEqual([50_000, 99_000])
    expect(spans.leftOut).toEqual({ count: all.startNs.length - 2, shorterThanNs: 50_000 })
  })
})
