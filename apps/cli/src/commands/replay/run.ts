// The work of `flowsim replay`.

import { readFile } from 'node:fs/promises'
import type { ModelConfig } from '@flowsim/model-graph'
import {
  buildGraph,
  chromeTraceLines,
  parseScenarios,
  type ReplayGraph,
  type ReplayResult,
  runScenarios,
  type Scenario,
  type ScenarioTable,
  sideBySide,
  timeline,
} from '@flowsim/replay'
import { counted } from '@flowsim/trace-schema'
import { captureOptions, noteGraphs } from '../../inputs/captures.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { llmOf } from '../../inputs/language-model.js'
import { type LoadedTrace, loadTraceOrKernels, noteRepairs } from '../../inputs/load-trace.js'
import { ranksOfLoaded, requireOneJob } from '../../inputs/ranks.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { lineWidth } from '../../program/line-width.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { stage } from '../../program/progress.js'
import { requireKernels } from '../simulate/predict.js'
import type { ReplayFlags } from './flags.js'
import { comparisonRows, comparisonText } from './print.js'
import { durationProviders, hardwareReference, rescaleProviders } from './providers.js'

/** What `flowsim replay --json` prints. */
export interface ReplayDocument {
  schema: 'flowsim.replay/1'
  traces: { source: string; rank: number; copyOf: number | null }[]
  /** What the graph holds, what had to be assumed, and dependencies that cannot be. */
  graph: ReplayGraph['report']
  scenarios: ScenarioTable['rows']
  outputs: string[]
}

export async function replayTraces(given: readonly string[], flags: ReplayFlags): Promise<void> {
  const { model } = await llmOf(flags)
  const loaded = await loadAll(await tracePaths(given), flags, model)
  const scenarios = await allScenarios(flags)
  const ranks = ranksOfLoaded(loaded, flags.ranks)
  requireOneJob(loaded, flags.ranks, 'replay each by itself')
  stage('building the graph')
  const graph = buildGraph(
    loaded.map(({ trace }) => trace),
    {
      ranks: ranks.map(({ rank }) => rank),
      operations: loaded.map(({ operations }) => operations),
      inference: flags.inference,
      ...(flags.assumeSymmetric === undefined ? {} : { assumeSymmetric: flags.assumeSymmetric }),
    },
  )
  noteGraph(graph)
  const operations = graph.ranks.flatMap(
    ({ trace }) => loaded.find((each) => each.trace === trace)!.operations,
  )
  const durations = await durationProviders(scenarios, graph, operations, flags)
  const rescaled = await rescaleProviders(scenarios, graph, flags)
  const outputs = flags.output === undefined ? undefined : await Outputs.into(flags.output)
  try {
    const timelines: (() => Promise<unknown>)[] = []
    let measured: ReplayResult | undefined
    stage(`replaying as measured and in ${counted(scenarios.length, 'scenario')}`)
    const table = runScenarios(
      graph,
      scenarios,
      { durations, operations, rescaled, ...(model === undefined ? {} : { model }) },
      {
        samples: flags.samples,
        seed: flags.seed,
        contributors: flags.top,
        onReplay: (scenario, result) => {
          if (scenario === null) measured = result
          else if (outputs !== undefined) {
            const name = timelineName(scenario, scenarios)
            timelines.push(() =>
              outputs.add(name, timelineLines(graph, measured!, result, scenario)),
            )
          }
        },
      },
    )
    const document: ReplayDocument = {
      schema: 'flowsim.replay/1',
      traces: graph.ranks.map(({ trace, rank, copyOf }) => ({
        source: trace.source,
        rank,
        copyOf,
      })),
      graph: graph.report,
      scenarios: table.rows,
      outputs: [],
    }
    if (outputs !== undefined) {
      for (const write of timelines) await write()
      await addComparison(document, outputs, flags)
      await outputs.commit()
    }
    if (flags.json) printJson(document)
    else {
      print(comparisonText(document, lineWidth()))
      for (const path of document.outputs) print(path)
    }
  } catch (error) {
    await outputs?.discard()
    throw error
  }
}

async function loadAll(
  paths: readonly string[],
  flags: ReplayFlags,
  model: ModelConfig | undefined,
): Promise<LoadedTrace[]> {
  const database = await loadDatabase(flags.kernels)
  const options = await captureOptions(flags, {
    stacks: 'none',
    hostCalls: true,
    salvage: flags.salvage ?? false,
  })
  const loaded: LoadedTrace[] = []
  for (const path of paths) {
    const each = await loadTraceOrKernels(path, database, { ...options, model })
    noteRepairs(each.trace)
    noteGraphs(each.trace)
    requireKernels(each.trace)
    loaded.push(each)
  }
  return loaded
}

/** The scenarios of the flags, in the order of the help: devices, tables, files. */
async function allScenarios(flags: ReplayFlags): Promise<Scenario[]> {
  const from = (name: string, reference: string): Scenario => ({
    name,
    changes: [{ do: 'durations', from: reference }],
  })
  const scenarios = [
    ...(flags.hardware ?? []).map((name) => {
      const how = flags.absolute ? `${flags.model}, absolute` : flags.model
      return from(`${name} (${how})`, hardwareReference(name, flags.model, flags.absolute ?? false))
    }),
    ...(flags.times ?? []).map((path) => from(`times of ${path}`, path)),
  ]
  for (const path of flags.whatIf ?? []) {
    scenarios.push(...parseScenarios(await readText(path), path))
  }
  const seen = new Set<string>()
  for (const { name } of scenarios) {
    if (seen.has(name)) {
      throw new CliError('usage', `two scenarios are called "${name}"; give each its own name`)
    }
    seen.add(name)
  }
  return scenarios
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CliError('failure', `${path}: cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** Faults that are shown; --json has all that are kept. */
const SHOWN_FAULTS = 5

function noteGraph({ report }: ReplayGraph): void {
  for (const assumption of report.assumptions) note(`note: ${assumption}`)
  for (const { message } of report.faults.slice(0, SHOWN_FAULTS)) note(`fault: ${message}`)
  const more = report.faultCount - SHOWN_FAULTS
  if (more > 0) note(`fault: ${more} more dependencies that cannot be were left out (--json)`)
}

/** Measured and predicted run of all ranks that have a trace. */
function timelineLines(
  graph: ReplayGraph,
  measured: ReplayResult,
  predicted: ReplayResult,
  { name }: Scenario,
): Iterable<string> {
  const lines = (result: ReplayResult) =>
    graph.ranks
      .filter(({ copyOf }) => copyOf === null)
      .map(({ rank }) => timeline(graph, result, { rank }))
  const labels = ['measured', name] as const
  return chromeTraceLines(sideBySide(lines(measured), lines(predicted), { labels }))
}

/** `2-attention-twice-as-fast.trace.json.gz` for the second scenario. */
function timelineName(scenario: Scenario, scenarios: readonly Scenario[]): string {
  const slug = scenario.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
  return `${scenarios.indexOf(scenario) + 1}-${slug || 'scenario'}.trace.json.gz`
}

async function addComparison(
  document: ReplayDocument,
  outputs: Outputs,
  flags: ReplayFlags,
): Promise<void> {
  await outputs.add('comparison.csv', csvText(comparisonRows(document), flags))
  await outputs.add('comparison.txt', `${comparisonText(document, Number.POSITIVE_INFINITY)}\n`)
  document.outputs.push(...outputs.paths, `${outputs.folder}/comparison.json`)
  await outputs.add('comparison.json', `${JSON.stringify(document, null, 2)}\n`)
}
