// The work of `flowsim bench`, and of the load in `flowsim profile`.

import {
  type ArrivalSpec,
  arrivalTimesNs,
  type LengthSpec,
  type LoadOptions,
  type LoadReport,
  type LoadRequest,
  loadReport,
  PROTOCOLS,
  randomRequests,
  readRequestTrace,
  readShareGpt,
  requestMetricsCsv,
  requestsForTrace,
  runLoad,
  type ServiceLevel,
  tokenMetricsCsv,
} from '@flowsim/profiler-runner'
import { counted, type LatencySummary } from '@flowsim/trace-schema'
import { countOf } from '../../program/amount.js'
import { benchResult } from '../../program/bench-result.js'
import { CliError } from '../../program/errors.js'
import { interruption } from '../../program/interruption.js'
import { tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { Progress, stage } from '../../program/progress.js'
import type { BenchFlags, LoadFlags } from './flags.js'

export async function bench(flags: BenchFlags): Promise<void> {
  const slo = flags.goodput === undefined ? undefined : readSlo(flags.goodput)
  const load = await loadOf(flags)
  const signal = interruption()
  if (flags.warmup > 0) {
    stage(`warming up: ${counted(flags.warmup, 'request')}`)
    const requests = load.requests.slice(0, flags.warmup)
    const { arrivalsNs: _, ...closedLoop } = load
    await runLoad({ ...closedLoop, url: flags.url, requests, signal })
  }
  const progress = new Progress(
    `sending ${counted(load.requests.length, 'request')} to ${flags.url}`,
  )
  const result = await runLoad({
    ...load,
    url: flags.url,
    signal,
    onRequestEnd: (done, total) => progress.update(() => `${done} of ${total} requests`),
  })
  progress.done()
  const report = loadReport(result, slo)
  if (flags.output !== undefined) {
    const outputs = await Outputs.into(flags.output)
    await outputs.add('request_metrics.csv', requestMetricsCsv(result))
    await outputs.add('token_metrics.csv', tokenMetricsCsv(result))
    await outputs.add('load.json', `${JSON.stringify(report, null, 2)}\n`)
    await outputs.commit()
  }
  if (flags.json) printJson(report)
  else if (flags.format === 'vllm') {
    const { rate: ratePerS = null, maxConcurrency: concurrency = null } = flags
    printJson(benchResult(report.report, { ratePerS, concurrency }))
  } else printReport(report)
  if (report.report.requests.completed === 0 && load.requests.length > 0) {
    const [first] = report.errors
    throw new CliError('failure', `no request was answered: ${first?.example ?? ''}`)
  }
}

/** The load that the flags describe. */
export async function loadOf(flags: LoadFlags): Promise<Omit<LoadOptions, 'url' | 'signal'>> {
  const asText = !PROTOCOLS[flags.protocol].takesTokenIds
  const requests = await requestsOf(flags, asText)
  const traceNs = requests.map(({ arrivalNs }) => arrivalNs)
  const arrival = arrivalOf(flags)
  return {
    protocol: flags.protocol,
    requests,
    ...(arrival === null ? {} : { arrivalsNs: arrivalTimesNs(arrival, requests.length, traceNs) }),
    timeoutMs: flags.timeout * 1000,
    temperature: flags.temperature,
    extensions: flags.extensions,
    headers: headersOf(flags.header ?? []),
    ...(flags.servedModelName === undefined ? {} : { model: flags.servedModelName }),
    ...(flags.maxConcurrency === undefined ? {} : { maxConcurrency: flags.maxConcurrency }),
  }
}

async function requestsOf(flags: LoadFlags, asText: boolean): Promise<LoadRequest[]> {
  const { seed } = flags
  if (flags.requests !== undefined && flags.sharegpt !== undefined) {
    throw new CliError('usage', '--requests and --sharegpt: give one of them')
  }
  if (flags.requests !== undefined) {
    const rows = await readRequestTrace(flags.requests)
    return requestsForTrace(rows, { seed, asText })
  }
  const outputTokens = lengthOf('--osl', flags.osl)
  const count = flags.numRequests
  if (flags.sharegpt !== undefined) {
    return readShareGpt(flags.sharegpt, { count, seed, outputTokens })
  }
  const inputTokens = lengthOf('--isl', flags.isl)
  const sharedPrefixTokens = flags.sharedPrefix
  return randomRequests({ count, inputTokens, outputTokens, seed, asText, sharedPrefixTokens })
}

/** null: a closed loop. */
function arrivalOf(flags: LoadFlags): ArrivalSpec | null {
  const { arrival, rate, seed, burstiness, speed } = flags
  if (arrival === 'closed') return null
  if (arrival === 'trace') return { kind: 'trace', speed }
  if (rate === undefined) {
    throw new CliError('usage', `--arrival ${arrival} needs --rate, requests per second`)
  }
  if (arrival === 'constant') return { kind: 'constant', ratePerS: rate }
  if (arrival === 'poisson') return { kind: 'poisson', ratePerS: rate, seed }
  return { kind: 'gamma', ratePerS: rate, burstiness, seed }
}

function lengthOf(flag: string, text: string): LengthSpec {
  const [low, high = low, ...rest] = text.split(':').map((each) => countOf(each) ?? Number.NaN)
  const isLength = (value: number | undefined) => Number.isInteger(value) && value! >= 1
  if (rest.length > 0 || !isLength(low) || !isLength(high) || high! < low!) {
    throw new CliError('usage', `${flag} ${text}: write a length, or a range such as 256:1024`)
  }
  return [low!, high!]
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [name, ...value] = line.split(':')
      if (value.length === 0) throw new CliError('usage', `--header ${line}: write NAME: VALUE`)
      return [name!.trim(), value.join(':').trim()]
    }),
  )
}

function readSlo(text: string): ServiceLevel {
  const slo: ServiceLevel = {}
  for (const part of text.split(',')) {
    const [name, value] = part.split('=')
    const limit = Number(value)
    if (!(limit > 0) || !['ttft', 'tpot', 'e2e'].includes(name!)) {
      throw new CliError('usage', `--goodput ${part}: write ttft=S, tpot=S or e2e=S, in seconds`)
    }
    slo[`${name}S` as keyof ServiceLevel] = limit
  }
  return slo
}

/** Prints a report for people. */
export function printReport({ report, clientWait, errors }: LoadReport): void {
  const { completed } = report.requests
  print(`${counted(completed ?? 0, 'request')} in ${report.durationS.toFixed(2)} s`)
  print(
    `  ${report.requestsPerS.toFixed(2)} requests/s, ${report.outputTokensPerS.toFixed(1)} output tokens/s`,
  )
  print(`  ${report.inputTokens} input tokens, ${report.outputTokens} output tokens`)
  if (report.goodput !== undefined) {
    const share = (100 * report.goodput.attainment).toFixed(1)
    print(
      `  goodput ${report.goodput.requestsPerS.toFixed(2)} requests/s, ${share} % within limits`,
    )
  }
  const ms = (seconds: number | undefined) =>
    seconds === undefined ? '' : `${(seconds * 1000).toFixed(2)} ms`
  const rows: [string, LatencySummary | null][] = [
    ['TTFT', report.ttft],
    ['TPOT', report.tpot],
    ['ITL', report.itl],
    ['E2E', report.e2e],
  ]
  print(
    tableText(
      [
        { label: '' },
        ...['mean', 'p50', 'p90', 'p95', 'p99', 'max'].map((label) => ({
          label,
          align: 'right' as const,
          priority: label === 'p95' ? -1 : 0,
        })),
      ],
      rows.flatMap(([name, summary]) => {
        if (summary === null) return []
        const { meanS, p50S, p90S, p95S, p99S, maxS } = summary
        return [[name, ...[meanS, p50S, p90S, p95S, p99S, maxS].map(ms)]]
      }),
    ),
  )
  for (const { type, count, example } of errors) note(`${count} failed, ${type}: ${example}`)
  if (clientWait !== null && clientWait.p99S > 0.005) {
    note(
      `requests waited in this client, p99 ${(clientWait.p99S * 1000).toFixed(1)} ms: a concurrency limit, or too little CPU`,
    )
  }
}
