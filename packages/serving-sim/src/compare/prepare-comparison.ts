// From a comparison file to its result.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { buildWorkload } from '../config/build-workload.js'
import { defined } from '../config/defined.js'
import { parseYaml, type YamlSource } from '../config/parse-yaml.js'
import { type PrepareOptions, prepareDocument } from '../config/prepare.js'
import { validate } from '../config/validate.js'
import { ServingError } from '../errors.js'
import { readRunsOfOthers } from '../measured/read-measured-runs.js'
import { type ComparedCommand, comparedCommand } from './commands.js'
import { type Comparison, compareRuns } from './compare.js'
import { compareSchema } from './compare-schema.js'
import {
  metricsOfMeasured,
  metricsOfRecorded,
  overlaps,
  readRecordedRequests,
  readRecordedTokens,
  workloadOfRecorded,
} from './measured-run.js'
import type { RecordedRequest } from './recorded-run.js'
import { metricsOfResult, type RunMetrics } from './run-metrics.js'
import { type RunSettings, statedSettings } from './settings.js'

/** A comparison that is ready to go. */
export interface PreparedComparison {
  requests: readonly WorkloadRequest[]
  /** Names of the runs, the reference included. */
  runs: string[]
  /** Programs that make a run each, to be run before {@link compare}. */
  commands: readonly ComparedCommand[]
  /**
   * Simulates what is to be simulated and compares. `results` are the files that the programs wrote, by the name of
   * their run; a run without one is left out.
   */
  compare(options?: { onRun?: (name: string) => void; results?: ReadonlyMap<string, string> }): {
    comparison: Comparison
    metrics: RunMetrics[]
  }
}

/**
 * Reads and checks a comparison; every run is known to be possible before the first one starts.
 * @param text YAML or JSON
 * @throws ServingError with source and line
 */
export function prepareComparison(text: string, options: PrepareOptions): PreparedComparison {
  const source = parseYaml(text, options.source)
  const config = validate(compareSchema, source)
  const measured = config.measured === undefined ? null : readRun(config.measured, options)
  const requests =
    options.requests ?? workloadOf(config, measured?.requests ?? null, source, options)

  const runs: { name: string; run: (result: string | undefined) => RunMetrics }[] = []
  let wasMeasured = false
  if (config.measured !== undefined && measured !== null) {
    const { name } = config.measured
    const settings = statedSettings('measured', defined(config.measured.settings ?? {}))
    wasMeasured = true
    runs.push({
      name,
      run: () => measured.metrics(name, settings),
    })
  }
  const commands: ComparedCommand[] = []
  for (const [index, entry] of config.runs.entries()) {
    const { name } = entry
    if (isCommand(entry)) {
      commands.push(comparedCommand(entry, requests))
      runs.push({
        name,
        run: (result) =>
          prepareRun({ ...entry, requests: result! }, index, source, requests, options)(),
      })
    } else runs.push({ name, run: prepareRun(entry, index, source, requests, options) })
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
      `no run is named ${reference}; there are ${names.join(', ')}`,
      source.place(['reference']),
    )
  }
  return {
    requests,
    runs: names,
    commands,
    compare({ onRun, results } = {}) {
      const leftOut = new Set(
        commands.map(({ name }) => name).filter((name) => results?.has(name) !== true),
      )
      const metrics = runs
        .filter(({ name }) => !leftOut.has(name))
        .map(({ name, run }) => {
          onRun?.(name)
          return run(results?.get(name))
        })
      const base = metrics.find(({ name }) => name === reference)
      if (base === undefined || (leftOut.size > 0 && metrics.length < 2)) {
        throw new ServingError(
          'invalid_config',
          `without ${[...leftOut].join(', ')} there is nothing to compare`,
          source.place(['runs']),
        )
      }
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

interface CommandEntry {
  name: string
  command: string
  requests: string
}

function isCommand(entry: Entry): entry is Entry & CommandEntry {
  return typeof entry.requests === 'string' && 'command' in entry && entry.command !== undefined
}

type Entry = ReturnType<typeof validate<typeof compareSchema>>['runs'][number]

/** A run that was recorded: its requests, and how its latencies are told. */
interface ReadRun {
  requests: readonly RecordedRequest[]
  metrics(name: string, settings: RunSettings): RunMetrics
}

interface RecordedEntry {
  requests: string
  run?: number | undefined
  tokens?: string | undefined
}

function readRun({ requests: file, run, tokens }: RecordedEntry, options: PrepareOptions): ReadRun {
  const text = options.readText(file)
  const runs = readRunsOfOthers(text, file)
  if (runs === null) {
    const { requests, notes } = readRecordedRequests({ source: file, text })
    if (requests.length === 0) {
      throw new ServingError('invalid_trace', 'holds no requests', { source: file })
    }
    const recorded =
      tokens === undefined
        ? null
        : readRecordedTokens({ source: tokens, text: options.readText(tokens) })
    return {
      requests,
      metrics: (name, settings) => {
        const metrics = metricsOfRecorded(name, requests, recorded, settings)
        metrics.warnings.push(...notes)
        return metrics
      },
    }
  }
  const chosen = runs.length === 1 && run === undefined ? runs[0] : runs[(run ?? 0) - 1]
  if (chosen === undefined) {
    throw new ServingError(
      'invalid_config',
      `holds ${runs.length} runs; choose one with run: 1${runs.length > 1 ? ` to ${runs.length}` : ''}`,
      { source: file },
    )
  }
  return {
    // Without arrivals they cannot be run again.
    requests: chosen.arrival.process === 'recorded' ? chosen.requests : [],
    metrics: (name, settings) => metricsOfMeasured(name, chosen, settings),
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
    const recorded = readRun(entry as RecordedEntry, options)
    const { settings: stated } = entry as { settings?: Partial<RunSettings> }
    const settings = statedSettings('recorded', stated ?? {})
    return () => recorded.metrics(name, settings)
  }
  if ('command' in entry) {
    throw new ServingError(
      'invalid_config',
      'command: say with requests where the program writes its result',
      source.place(['runs', index]),
    )
  }
  const here: YamlSource = {
    source: source.source,
    value: entry,
    place: (path, key) => source.place(['runs', index, ...path], key),
  }
  const { config, run, settings } = prepareDocument(here, { ...options, requests })
  return () => metricsOfResult(name, run(), settings, config.cost)
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
  const needs = (entry: Entry) =>
    typeof entry.requests !== 'string' || (isCommand(entry) && entry.command.includes('{workload}'))
  if (!config.runs.some(needs)) return []
  throw new ServingError(
    'invalid_config',
    'workload is missing, and there is no measured run to take it from',
    source.place([]),
  )
}
