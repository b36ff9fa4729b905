// From a comparison file to its result.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildWorkload, defined } from '../config/build-workload.js'
import { flowsimOptions } from '../config/flowsim-options.js'
import { prepareConfig } from '../config/prepare.js'
import type { PrepareOptions } from '../config/prepare-context.js'
import { servingSchema } from '../config/serving-schema.js'
import { validate } from '../config/validate.js'
import { parseYaml, type YamlSource } from '../config/yaml-source.js'
import { ServingError } from '../errors.js'
import { type Comparison, compareRuns } from './compare.js'
import { compareSchema } from './compare-schema.js'
import {
  metricsOfRecorded,
  overlaps,
  type RecordedRequest,
  readRecordedRequests,
  readRecordedTokens,
  workloadOfRecorded,
} from './measured-run.js'
import { metricsOfResult, type RunMetrics } from './run-metrics.js'
import { type RunSettings, settingsOf, statedSettings } from './settings.js'

/** A comparison that is ready to go. */
export interface PreparedComparison {
  requests: readonly WorkloadRequest[]
  /** Names of the runs, the reference included. */
  runs: string[]
  /** Simulates what is to be simulated and compares. */
  compare(onRun?: (name: string) => void): { comparison: Comparison; metrics: RunMetrics[] }
}

/**
 * Reads and checks a comparison; every run is known to be possible before the first one starts.
 * @throws ServingError with file and line
 */
export function prepareComparison(
  text: string,
  file: string,
  options: PrepareOptions,
): PreparedComparison {
  const source = parseYaml(text, file)
  const config = validate(compareSchema, source)
  const measured = config.measured === undefined ? null : readRun(config.measured, options)
  const requests =
    options.requests ?? workloadOf(config, measured?.requests ?? null, source, options)

  const runs: { name: string; run: () => RunMetrics }[] = []
  let wasMeasured = false
  if (config.measured !== undefined && measured !== null) {
    const { name } = config.measured
    const settings = statedSettings('measured', defined(config.measured.settings ?? {}))
    wasMeasured = true
    runs.push({
      name,
      run: () => metricsOfRecorded(name, measured.requests, measured.tokens, settings),
    })
  }
  for (const [index, entry] of config.runs.entries()) {
    runs.push({ name: entry.name, run: prepareRun(entry, index, source, requests, options) })
  }
  const names = runs.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new ServingError('invalid_config', `two runs are named ${twice}`, source.place(['runs']))
  }
  const reference = config.reference ?? names[0]!
  if (!names.includes(reference)) {
    throw new ServingError(
      'invalid_config',
      `reference "${reference}" is none of ${names.join(', ')}`,
      source.place(['reference']),
    )
  }
  return {
    requests,
    runs: names,
    compare(onRun) {
      const metrics = runs.map(({ name, run }) => {
        onRun?.(name)
        return run()
      })
      const base = metrics.find(({ name }) => name === reference)!
      return {
        metrics,
        comparison: compareRuns(
          base,
          metrics.filter(({ name }) => name !== reference),
          {
            ...(config.thresholds === undefined ? {} : { thresholds: config.thresholds }),
            measuredOverlaps: wasMeasured && overlaps(measured!.requests),
          },
        ),
      }
    },
  }
}

type Entry = ReturnType<typeof validate<typeof compareSchema>>['runs'][number]

function readRun(
  { requests, tokens }: { requests: string; tokens?: string | undefined },
  { readText }: PrepareOptions,
) {
  return {
    requests: readRecordedRequests({ file: requests, text: readText(requests) }),
    tokens:
      tokens === undefined ? null : readRecordedTokens({ file: tokens, text: readText(tokens) }),
  }
}

function prepareRun(
  entry: Entry,
  index: number,
  source: YamlSource,
  requests: readonly WorkloadRequest[],
  options: PrepareOptions,
): () => RunMetrics {
  const { name } = entry
  if (typeof entry.requests === 'string') {
    const recorded = readRun(entry as { requests: string; tokens?: string }, options)
    const { settings: stated } = entry as { settings?: Partial<RunSettings> }
    const settings = statedSettings('recorded', stated ?? {})
    return () => metricsOfRecorded(name, recorded.requests, recorded.tokens, settings)
  }
  const here: YamlSource = {
    file: source.file,
    value: entry,
    place: (path, key) => source.place(['runs', index, ...path], key),
  }
  const config = validate(servingSchema, here)
  const prepared = prepareConfig(config, here, { ...options, requests })
  const instances =
    config.engine === 'flowsim'
      ? flowsimOptions(config, {
          readText: options.readText,
          resolveModel: options.resolveModel ?? null,
          place: (path) => here.place(path),
        }).instances
      : null
  return () => metricsOfResult(name, prepared.run(), settingsOf(config, instances))
}

function workloadOf(
  config: ReturnType<typeof validate<typeof compareSchema>>,
  measured: readonly RecordedRequest[] | null,
  source: YamlSource,
  { readText }: PrepareOptions,
): readonly WorkloadRequest[] {
  if (config.workload !== undefined) {
    return buildWorkload(config.workload, {
      seed: config.seed,
      horizonNs: Number.POSITIVE_INFINITY,
      readText,
      place: source.place(['workload']),
    }).requests
  }
  if (measured !== null && measured.length > 0) return workloadOfRecorded(measured)
  // Runs that are all recorded need no workload.
  if (config.runs.every(({ requests }) => typeof requests === 'string')) return []
  throw new ServingError(
    'invalid_config',
    'workload is missing, and there is no measured run to take it from',
    source.place([]),
  )
}
