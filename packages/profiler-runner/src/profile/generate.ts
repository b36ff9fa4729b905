// Batches for captures: prompts of token ids sent in one request, so that the engine sees the whole
// batch in one step.
import { ProfilerRunnerError } from '../errors.js'
import { seededRandom } from '../load/random.js'
import { SseReader } from '../load/sse.js'
import type { EngineServer } from './engine-server.js'
import type { SweepPoint } from './options.js'

/** Context and new input of each sequence of a batch. */
export interface BatchPrompts {
  contexts: number[][]
  prompts: number[][]
}

/** Random prompts for a point; another seed gives prompts that share no prefix with these. */
export function batchPrompts(point: SweepPoint, seed: number): BatchPrompts {
  const random = seededRandom(seed)
  const ids = (count: number) => Array.from({ length: count }, () => random.int(1000, 30_000))
  const contexts = Array.from({ length: point.batch }, () => ids(point.contextTokens))
  return { contexts, prompts: contexts.map((context) => [...context, ...ids(point.inputTokens)]) }
}

/** Generates for a batch and waits for all of it. */
export async function generateBatch(
  server: EngineServer,
  model: string,
  prompts: number[][],
  outputTokens: number,
  timeoutMs: number,
): Promise<void> {
  const call =
    server.engine.protocol === 'sglang'
      ? { path: '/generate', body: sglangBody(prompts, outputTokens, false) }
      : { path: '/v1/completions', body: openAiBody(model, prompts, outputTokens, false) }
  await server.call({ method: 'POST', ...call }, timeoutMs)
}

/**
 * Generates for a batch as a stream, and calls back once with every sequence past its first token.
 * The stream is cut when the callback has resolved.
 */
export async function whileDecoding(
  server: EngineServer,
  model: string,
  prompts: number[][],
  outputTokens: number,
  onDecoding: (progress: { tokens: () => number; ended: () => boolean }) => Promise<void>,
): Promise<void> {
  const { request } = await import('undici')
  const cut = new AbortController()
  const response = await request(`${server.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(openAiBody(model, prompts, outputTokens, true)),
    signal: AbortSignal.any([server.signal, cut.signal]),
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  if (response.statusCode !== 200) {
    const text = (await response.body.text()).slice(0, 200)
    throw new ProfilerRunnerError('server_refused', `HTTP ${response.statusCode} ${text}`)
  }
  const counts = new Array<number>(prompts.length).fill(0)
  let ended = false
  let work: Promise<void> | undefined
  const reader = new SseReader((data) => {
    if (data === '[DONE]') return
    const { choices } = JSON.parse(data) as { choices?: { index?: number }[] }
    for (const { index = 0 } of choices ?? []) counts[index] = (counts[index] ?? 0) + 1
    if (work === undefined && counts.every((count) => count > 0)) {
      const tokens = () => Math.min(...counts)
      work = onDecoding({ tokens, ended: () => ended }).finally(() => cut.abort())
    }
  })
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) reader.push(chunk)
  } catch (error) {
    if (!cut.signal.aborted) throw error
  } finally {
    ended = true
  }
  if (work === undefined) {
    throw new ProfilerRunnerError('request_failed', 'the stream ended before every first token')
  }
  await work
}

function sglangBody(prompts: number[][], outputTokens: number, stream: boolean) {
  return {
    input_ids: prompts,
    sampling_params: { max_new_tokens: outputTokens, temperature: 0, ignore_eos: true },
    stream,
  }
}

function openAiBody(model: string, prompts: number[][], outputTokens: number, stream: boolean) {
  return {
    model,
    prompt: prompts,
    max_tokens: outputTokens,
    temperature: 0,
    ignore_eos: true,
    stream,
  }
}
