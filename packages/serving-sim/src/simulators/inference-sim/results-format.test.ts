import { expect, it } from 'vitest'
import { readMeasuredRuns } from '../../measured/read-measured-runs.js'

const read = (text: string) => readMeasuredRuns(text, { source: 'run' })
const ms = 1e6

const BLIS = JSON.stringify({
  completed_requests: 2,
  requests: [
    { requestID: 'r0', ttft_ms: 20, e2e_ms: 60, itl_ms: 1, arrived_at: 0, num_decode_tokens: 2 },
    {
      requestID: 'r1',
      ttft_ms: 10,
      e2e_ms: 50,
      scheduling_delay_ms: 2,
      arrived_at: 0.001,
      num_prefill_tokens: 100,
      num_decode_tokens: 5,
    },
  ],
})

it('requests of a run, in nanoseconds', () => {
  expect(read(BLIS)).toMatchObject([
    {
      arrival: { process: 'recorded' },
      requests: [
        { id: 'r0', scheduledNs: -1, firstTokenNs: 20 * ms, finishedNs: 60 * ms, tokens: 2 },
        {
          id: 'r1',
          ok: true,
          arrivalNs: 1 * ms,
          scheduledNs: 3 * ms,
          firstTokenNs: 11 * ms,
          finishedNs: 51 * ms,
          inputTokens: 100,
          tokens: 5,
        },
      ],
    },
  ])
})

it('a replay does not say when they arrived', () => {
  const [run] = read(
    JSON.stringify([
      { request_id: 4, ttft_us: 10_000, e2e_us: 50_000, input_tokens: 100, output_tokens: 5 },
    ]),
  )
  expect(run).toMatchObject({
    arrival: { process: 'unknown' },
    requests: [{ id: '4', firstTokenNs: 10 * ms, finishedNs: 50 * ms }],
  })
})
