// One capture of one point. Engines that split traces by stage and count steps do the work
// themselves; with the others, prefill is a request for one token and decode is caught in the middle
// of a longer answer.

import { rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { messageOf } from '@flowsim/trace-schema'
import { makeFolder } from '@flowsim/trace-schema/node'
import { ProfilerRunnerError } from '../errors.js'
import { sleep } from '../wait.js'
import type { EngineServer } from './engine-server.js'
import { type BatchPrompts, generateBatch, whileDecoding } from './generate.js'
import { type TraceFile, traceNames, waitForTraces } from './trace-files.js'

/** What a capture needs besides the server. */
export interface CaptureContext {
  server: EngineServer
  model: string
  /** Where the traces of this point belong. */
  folder: string
  /** Where the server writes, when it cannot be told for each capture. */
  serverTraceDir: string
  ranks: number | null
  steps: number
  withStack: boolean
  recordShapes: boolean
  requestTimeoutMs: number
  traceTimeoutMs: number
  /** Takes a line for the log. */
  tell: (message: string) => void
}

// The server stops recording at the step after the last one asked for, and a scheduler that works
// ahead may need one more; so the answers are this many tokens longer than the capture.
const EXTRA_TOKENS = 3
// While a profiler starts, an engine decodes on: long enough an answer is still running then.
const DECODE_RUNWAY_TOKENS = 512

/** Fills the cache with the contexts of a batch, after emptying it. */
export async function prepareCache(context: CaptureContext, batch: BatchPrompts): Promise<void> {
  const { server, model, requestTimeoutMs } = context
  const flush = server.engine.flushCache()
  if (flush !== null) {
    await server.call(flush, requestTimeoutMs).catch((error: unknown) => {
      // An attached vLLM has the endpoint only in its development mode.
      if (!/HTTP 404/.test(messageOf(error))) throw error
      context.tell(`${flush.path} is not there: prompts of earlier runs may still be cached`)
    })
  }
  if (batch.contexts[0]!.length > 0) {
    await generateBatch(server, model, batch.contexts, 1, requestTimeoutMs)
  }
}

/** Captures prefill and decode of a batch. */
export async function captureBatch(
  context: CaptureContext,
  batch: BatchPrompts,
): Promise<TraceFile[]> {
  makeFolder(context.folder)
  if (context.server.engine.profilesByStage) return captureByStage(context, batch)
  const prefill = await captureBetween(context, 'prefill', () =>
    generateBatch(context.server, context.model, batch.prompts, 1, context.requestTimeoutMs),
  )
  await prepareCache(context, batch)
  return [...prefill, ...(await captureDecode(context, batch))]
}

async function captureByStage(context: CaptureContext, batch: BatchPrompts): Promise<TraceFile[]> {
  const { server, folder, steps, requestTimeoutMs } = context
  const ignore = await traceNames(folder, server.engine)
  const start = server.engine.startProfile({
    traceDir: folder,
    steps,
    byStage: true,
    recordShapes: context.recordShapes,
    withStack: context.withStack,
  })
  await server.call(start, requestTimeoutMs)
  const outputTokens = steps + EXTRA_TOKENS
  await generateBatch(server, context.model, batch.prompts, outputTokens, requestTimeoutMs)
  const wait = (timeoutMs: number) =>
    waitForTraces({
      folder,
      engine: server.engine,
      ignore,
      ranks: context.ranks,
      stages: ['prefill', 'decode'],
      timeoutMs,
      signal: server.signal,
    })
  const soonMs = Math.min(30_000, context.traceTimeoutMs / 2)
  try {
    return await wait(soonMs)
  } catch (error) {
    if (!(error instanceof ProfilerRunnerError) || error.code === 'aborted') throw error
    // A capture that still waits for steps ends when told to; one that has ended refuses.
    await server.call(server.engine.stopProfile(), requestTimeoutMs).catch(() => undefined)
    return wait(context.traceTimeoutMs - soonMs)
  }
}

/** Captures whatever runs between a start and a stop, and moves the files to the point's folder. */
export async function captureBetween(
  context: CaptureContext,
  stage: 'prefill' | 'decode' | 'all',
  work: () => Promise<void>,
): Promise<TraceFile[]> {
  const { server, serverTraceDir, requestTimeoutMs } = context
  const ignore = await traceNames(serverTraceDir, server.engine)
  const start = server.engine.startProfile({
    traceDir: serverTraceDir,
    steps: context.steps,
    byStage: false,
    recordShapes: context.recordShapes,
    withStack: context.withStack,
  })
  await server.call(start, requestTimeoutMs)
  try {
    await work()
  } finally {
    // An engine that answers once the traces are written may take minutes.
    await server
      .call(server.engine.stopProfile(), context.traceTimeoutMs)
      .catch((error: unknown) => refusedBecauseOver(error))
  }
  const files = await waitForTraces({
    folder: serverTraceDir,
    engine: server.engine,
    ignore,
    ranks: context.ranks,
    stages: ['all'],
    timeoutMs: context.traceTimeoutMs,
    signal: server.signal,
  })
  return Promise.all(files.map((file) => moveTo(join(context.folder, stage), { ...file, stage })))
}

// With a number of steps, some engines stop by themselves and then refuse to stop again.
function refusedBecauseOver(error: unknown): void {
  if (error instanceof ProfilerRunnerError && error.code === 'server_refused') return
  throw error
}

async function moveTo(folder: string, file: TraceFile): Promise<TraceFile> {
  makeFolder(folder)
  const path = join(folder, basename(file.path))
  if (path !== file.path) await rename(file.path, path)
  return { ...file, path }
}

async function captureDecode(context: CaptureContext, batch: BatchPrompts): Promise<TraceFile[]> {
  const { server, model, steps } = context
  let files: TraceFile[] = []
  await whileDecoding(
    server,
    model,
    batch.prompts,
    steps + DECODE_RUNWAY_TOKENS,
    async ({ tokens, ended }) => {
      files = await captureBetween(context, 'decode', async () => {
        const from = tokens()
        while (tokens() < from + steps && !ended()) await sleep(1, server.signal)
        if (tokens() === from) {
          throw new ProfilerRunnerError(
            'request_failed',
            `all ${steps + DECODE_RUNWAY_TOKENS} tokens were decoded before the profiler had started`,
          )
        }
      })
    },
  )
  return files
}
