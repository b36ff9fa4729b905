// A capture in the middle of a load: the load starts, and once enough requests have ended, the
// profiler records a number of steps while the load goes on.
import { join } from 'node:path'
import { runLoad } from '../load/generator.js'
import { type LoadReport, loadReport } from '../load/metrics.js'
import { requestMetricsCsv, tokenMetricsCsv } from '../load/metrics-csv.js'
import { sleep } from '../wait.js'
import { type CaptureContext, captureBetween } from './capture.js'
import type { ProfileLoad } from './options.js'
import { writeWhole } from './run-record.js'
import type { TraceFile } from './trace-files.js'

// A step of an engine under load takes tens of milliseconds; engines that do not count steps record
// for this long for each step asked for.
const MS_PER_STEP = 50

/** Runs a load, captures in it, and writes its metrics. */
export async function captureUnderLoad(
  context: CaptureContext,
  load: ProfileLoad,
  outDir: string,
  tell: (message: string) => void,
): Promise<{ traces: TraceFile[]; report: LoadReport }> {
  const { server } = context
  const after = load.captureAfterRequests ?? Math.ceil(load.requests.length / 10)
  let ended = 0
  let over = false
  const running = runLoad({
    ...load,
    model: load.model ?? context.model,
    url: server.url,
    signal: server.signal,
    onRequestEnd(done, total) {
      ended = done
      load.onRequestEnd?.(done, total)
    },
  }).finally(() => {
    over = true
  })
  const capturing = (async () => {
    while (ended < after && !over) await sleep(5, server.signal)
    tell(`capturing after ${ended} requests`)
    return captureBetween(context, 'all', async () => {
      const untilMs = performance.now() + context.steps * MS_PER_STEP
      while (performance.now() < untilMs && !over) await sleep(5, server.signal)
    })
  })()
  const [result, traces] = await Promise.all([running, capturing])
  const report = loadReport(result)
  await writeWhole(join(outDir, 'request_metrics.csv'), requestMetricsCsv(result))
  await writeWhole(join(outDir, 'token_metrics.csv'), tokenMetricsCsv(result))
  await writeWhole(join(outDir, 'load.json'), `${JSON.stringify(report, null, 2)}\n`)
  return { traces, report }
}
