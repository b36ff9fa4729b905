// The work of `flowsim serving sweep`.

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Price } from '@flowsim/planner'
import { type PrepareOptions, ServingError } from '@flowsim/serving-sim'
import { counted, type ServingReport } from '@flowsim/trace-schema'
import { Piscina } from 'piscina'
import { modelCommand, setModelCommand } from '../../../inputs/command-model.js'
import { pricesOf } from '../../../inputs/prices.js'
import { optionsBeside, readText, withRepositories } from '../../../inputs/serving-config.js'
import { csvText } from '../../../program/csv.js'
import { CliError } from '../../../program/errors.js'
import { say } from '../../../program/lines.js'
import { Outputs } from '../../../program/outputs.js'
import { note, print, printJson } from '../../../program/print.js'
import { Progress } from '../../../program/progress.js'
import type { ServingSweepFlags } from '../flags.js'
import { type FoundRate, findRate } from './find-rate.js'
import { gridPoints } from './grid.js'
import { Journal } from './journal.js'
import { paretoMarks, renderSweep, type SweepRow, sweepCells } from './print.js'
import {
  forgetFiles,
  type Outcome,
  type Point,
  type PointResult,
  type PointValues,
  preparePoint,
  type Simulated,
  simulatePoint,
} from './simulate-point.js'
import { meets, parseLimits } from './slo.js'
import { submitSweep } from './submit.js'

const RATE = 'workload.arrival.ratePerS'

export async function servingSweep(flags: ServingSweepFlags): Promise<void> {
  setModelCommand(flags.command)
  const text = readText(flags.config)
  const options = optionsBeside(flags.config)
  const points = gridPoints(flags.grid ?? [])
  const limits = parseLimits(flags.slo ?? [])
  checkJobFlags(flags)
  if (flags.findRate && limits.length === 0) {
    throw new CliError('usage', '--find-rate: needs --slo, such as --slo "ttft.p99S<=2"')
  }
  await withRepositories(options, flags, () => tryModels(flags.config, text, points, options))
  const start = flags.findRate ? startRate(flags.config, text, points, options) : 0
  if (!flags.findRate) checkConfig(flags.config, text, points, options)
  if (flags.on !== undefined) return submitSweep(points, flags)
  const simulator = new Simulator(flags, text, points.length)
  const progress = new Progress(`simulating ${counted(points.length, 'point')}`)
  let done = 0
  const rows = await Promise.all(
    points.map(async (values): Promise<SweepRow> => {
      const row = await (flags.findRate
        ? search(simulator, values, start, flags.tolerance, limits)
        : single(simulator, values, limits))
      done++
      progress.update(
        () =>
          `${done} of ${counted(points.length, 'point')}, ${counted(simulator.simulated, 'simulation')}`,
      )
      return row
    }),
  ).finally(() => simulator.close())
  progress.done()
  const marks = paretoMarks(rows)
  const outputs = await Outputs.into(flags.output)
  try {
    await outputs.add('sweep.csv', csvText(sweepCells(rows, marks), flags))
    await outputs.add('sweep.json', `${JSON.stringify({ rows: tagged(rows, marks) }, null, 2)}\n`)
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  const { resumed, simulated } = simulator
  const refused = rows.filter(({ error }) => error !== undefined).length
  if (flags.json) {
    printJson({ simulated, resumed, refused, rows: tagged(rows, marks), outputs: outputs.paths })
    return
  }
  print(renderSweep(rows, marks))
  if (refused > 0)
    say(`\n${refused} of ${counted(rows.length, 'point')} refused, for the reasons beside them`)
  if (rows.some(({ ratePerS }) => ratePerS === 0)) print('\n0: no rate that was tried meets --slo')
  say(`\n${counted(simulated, 'simulation')}${resumed > 0 ? `, ${resumed} more from before` : ''}`)
  print(outputs.paths.join('\n'))
}

function tagged(rows: readonly SweepRow[], marks: readonly boolean[]) {
  return rows.map((row, i) => ({ ...row, pareto: marks[i]! }))
}

async function single(
  simulator: Simulator,
  values: PointValues,
  limits: Parameters<typeof meets>[1],
): Promise<SweepRow> {
  const outcome = await simulator.run(values)
  if ('error' in outcome) return { values, error: outcome.error }
  const { report, devices, cost } = outcome.result
  return {
    values,
    report,
    devices,
    cost,
    ...(limits.length > 0 ? { met: meets(report, limits) } : {}),
  }
}

async function search(
  simulator: Simulator,
  values: PointValues,
  start: number,
  tolerance: number,
  limits: Parameters<typeof meets>[1],
): Promise<SweepRow> {
  const results = new Map<ServingReport, PointResult>()
  let found: FoundRate
  try {
    found = await findRate({ start, tolerance }, async (ratePerS) => {
      const outcome = await simulator.run({ ...values, [RATE]: ratePerS })
      if ('error' in outcome) throw new PointError(outcome.error)
      const { report } = outcome.result
      results.set(report, outcome.result)
      return { met: meets(report, limits), report }
    })
  } catch (error) {
    if (error instanceof PointError) return { values, error: error.message }
    throw error
  }
  const { ratePerS, report, probes } = found
  const best = report === null ? undefined : results.get(report)
  const { devices = null, cost = null } = best ?? {}
  return { values, report, devices, cost, ratePerS, probes }
}

/** A point that cannot be; the others can. */
class PointError extends Error {}

/** Runs simulations, in threads if there are several at once, and remembers what they gave. */
class Simulator {
  simulated = 0
  readonly #journal: Journal<Outcome>
  readonly #pool: Piscina | null
  readonly #config: string
  readonly #text: string
  readonly #prices: readonly Price[] | undefined

  constructor(flags: ServingSweepFlags, text: string, points: number) {
    this.#config = flags.config
    this.#text = text
    this.#prices = pricesOf(flags)
    forgetFiles()
    // Times of the user's program are other times.
    const command = modelCommand()
    const whole = [
      text,
      ...(command === undefined ? [] : [`# model.command: ${command}`]),
      ...(this.#prices === undefined ? [] : [`# prices: ${JSON.stringify(this.#prices)}`]),
    ].join('\n')
    this.#journal = new Journal(flags.output, {
      schema: 'flowsim.serving-sweep/3',
      config: flags.config,
      text: whole,
    })
    const { stale } = this.#journal
    if (stale > 0)
      note(`${stale} points of before are simulated again: files they depend on changed`)
    const threads = Math.min(flags.jobs ?? availableParallelism(), points)
    const worker = workerFile()
    this.#pool =
      threads > 1 && worker !== null
        ? new Piscina({
            filename: worker,
            name: 'simulatePoint',
            minThreads: 1,
            maxThreads: threads,
          })
        : null
  }

  get resumed(): number {
    return this.#journal.resumed
  }

  async run(values: PointValues): Promise<Outcome> {
    const known = this.#journal.get(values)
    if (known !== undefined) return known
    const outcome = await this.#simulate(values)
    this.simulated++
    this.#journal.add(values, outcome)
    return outcome
  }

  async #simulate(values: PointValues): Promise<Simulated> {
    const point: Point = {
      config: this.#config,
      text: this.#text,
      values,
      prices: this.#prices,
    }
    return this.#pool === null ? simulatePoint(point) : await this.#pool.run(point)
  }

  async close(): Promise<void> {
    await this.#pool?.destroy()
    this.#journal.close()
  }
}

/** The built worker beside the built program; null when run from the sources. */
function workerFile(): string | null {
  const path = fileURLToPath(new URL('./serving-worker.js', import.meta.url))
  return existsSync(path) ? path : null
}

/**
 * Tells a fault of the configuration itself at once, and not as the error of every point. A configuration
 * may lack what the grid gives; a grid of which no point can be is a fault too.
 */
function checkConfig(
  config: string,
  text: string,
  points: readonly PointValues[],
  options: PrepareOptions,
): void {
  try {
    preparePoint({ config, text, values: {} }, options)
  } catch (error) {
    if (!(error instanceof ServingError)) throw error
    preparePoint({ config, text, values: points[0]! }, options)
  }
  if (!points.some((values) => isPossible({ config, text, values }, options))) {
    preparePoint({ config, text, values: points[0]! }, options)
  }
}

/** Prepares a point of each model that the grid names, whatever comes of it, so that all are asked for. */
function tryModels(
  config: string,
  text: string,
  points: readonly PointValues[],
  options: PrepareOptions,
): void {
  const seen = new Set<string>()
  for (const values of points) {
    const models = Object.entries(values).filter(([field]) => /(^|\.)model$/.test(field))
    const key = JSON.stringify(models)
    if (!seen.has(key)) isPossible({ config, text, values }, options)
    seen.add(key)
  }
}

function isPossible(point: Parameters<typeof preparePoint>[0], options: PrepareOptions): boolean {
  try {
    preparePoint(point, options)
    return true
  } catch (error) {
    if (error instanceof ServingError) return false
    throw error
  }
}

function startRate(
  config: string,
  text: string,
  points: readonly PointValues[],
  options: PrepareOptions,
): number {
  const { config: first } = preparePoint({ config, text, values: points[0]! }, options)
  const arrival = first.workload?.arrival as { ratePerS?: number } | undefined
  if (arrival?.ratePerS === undefined) {
    throw new CliError(
      'usage',
      `--find-rate: ${config} has no ${RATE}; give the workload an arrival with a rate to start from`,
    )
  }
  return arrival.ratePerS
}

function checkJobFlags({ on, image, mount, dryRun }: ServingSweepFlags): void {
  if (on !== undefined) return
  if (image !== undefined) throw new CliError('usage', '--image: needs --on')
  if (mount !== undefined) throw new CliError('usage', '--mount: needs --on')
  if (dryRun) throw new CliError('usage', '--dry-run: needs --on')
}
