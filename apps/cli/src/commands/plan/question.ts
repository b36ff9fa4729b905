// What the flags of a plan ask.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  type Budget,
  type Drafts,
  type Limit,
  type PlanQuestion,
  PRICES,
  type Price,
  parseBudget,
  parseLimit,
  requestsOf,
  trafficOf,
} from '@flowsim/planner'
import type { PrepareOptions } from '@flowsim/serving-sim'
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { parse } from 'yaml'
import { pricesOf } from '../../inputs/prices.js'
import { readText } from '../../inputs/serving-config.js'
import { countOf } from '../../program/amount.js'
import { CliError } from '../../program/errors.js'
import type { PlanFlags } from './flags.js'

/** Requests of a recorded traffic that are simulated, where no number is given. */
const MOST_RECORDED = 5000

/** The question, checked. @throws CliError `usage`, PlanError */
export function questionOf(flags: PlanFlags, options: PrepareOptions): PlanQuestion {
  const workload = workloadOf(flags)
  const { seed, provider } = flags
  const requests = requestsOf(workload, seed, options)
  const limits = flags.slo.map(parseLimit)
  checkClasses(limits, requests)
  const prices = pricesOf(flags)
  checkProvider(provider, prices)
  return {
    model: pathOrName(flags.model),
    workload,
    requests,
    limits,
    budgets: budgetsOf(flags, options),
    engine: flags.engine,
    engineVersion: flags.engineVersion,
    modes: flags.servingMode === 'both' ? ['aggregated', 'disaggregated'] : [flags.servingMode],
    precisions: flags.quantization ?? [undefined],
    kvPrecisions: (flags.kvCacheDtype ?? ['auto', 'fp8']).map((type) =>
      type === 'auto' ? undefined : type,
    ),
    drafts: draftsOf(flags.drafts),
    cost: provider === undefined ? {} : { provider },
    prices,
    seed,
    readText: options.readText,
  }
}

/** A file as its whole path, so that the configuration that comes out finds it from anywhere. */
const pathOrName = (name: string) => (existsSync(name) ? resolve(name) : name)

/** Limits of classes that no request is of would never be met. */
function checkClasses(limits: readonly Limit[], requests: readonly WorkloadRequest[]): void {
  const known = new Set(requests.flatMap(({ sloClass }) => sloClass ?? []))
  for (const { text, sloClass } of limits) {
    if (sloClass === null || known.has(sloClass)) continue
    const names = known.size === 0 ? 'the traffic has none' : `known are ${[...known].join(', ')}`
    throw new CliError('usage', `--slo ${text}: no request is of the class "${sloClass}"; ${names}`)
  }
}

function checkProvider(provider: string | undefined, prices: readonly Price[] = PRICES): void {
  const known = new Set(prices.map((price) => price.provider))
  if (provider === undefined || known.has(provider)) return
  throw new CliError(
    'usage',
    `--provider ${provider}: has no prices; known are ${[...known].join(', ')}`,
  )
}

function budgetsOf({ devices }: PlanFlags, { readText: read }: PrepareOptions): Budget[] {
  const budgets = devices.map((text) => {
    const [, name, count] = /^(.*)(:[^:]+)$/.exec(text) ?? [null, text, '']
    return parseBudget(`${pathOrName(name!)}${count}`, read)
  })
  const names = budgets.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return budgets
  throw new CliError('usage', `--devices ${twice}: is given twice; give all of them at once`)
}

function workloadOf(flags: PlanFlags): Record<string, unknown> {
  const { rate, isl, osl, requests, workload, numRequests } = flags
  const given = [workload, requests, isl].filter((flag) => flag !== undefined)
  if (given.length !== 1) {
    throw new CliError(
      'usage',
      'the traffic: give --rate, --isl and --osl, or --requests, or --workload, and one of them only',
    )
  }
  if (workload !== undefined) return sectionOf(workload)
  if (requests !== undefined) {
    return {
      type: 'trace',
      file: resolve(requests),
      ...(rate === undefined ? {} : { ratePerS: rate }),
      limit: numRequests ?? MOST_RECORDED,
    }
  }
  if (rate === undefined || osl === undefined) {
    throw new CliError('usage', '--isl: needs --osl and --rate beside it')
  }
  return trafficOf({
    ratePerS: rate,
    inputTokens: lengthOf('--isl', isl!),
    outputTokens: lengthOf('--osl', osl),
    requests: numRequests,
  })
}

/** The section `workload` of a file, or a file that is one. */
function sectionOf(file: string): Record<string, unknown> {
  const document = yamlOf(file, readText(file)) as Record<string, unknown> | null
  const section = document?.workload ?? document
  if (typeof section !== 'object' || section === null || Array.isArray(section)) {
    throw new CliError('failure', `${file}: has no section workload`)
  }
  return section as Record<string, unknown>
}

function lengthOf(flag: string, text: string): unknown {
  const length = countOf(text) ?? (yamlOf(flag, text) as unknown)
  if (typeof length === 'number' || (typeof length === 'object' && length !== null)) return length
  throw new CliError('usage', `${flag} ${text}: is neither a number nor { distribution: … }`)
}

function yamlOf(source: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new CliError('usage', `${source}: is not YAML: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

const DRAFTS = /^([\w-]+):(0?\.\d+)(?::([\d,]+))?$/

function draftsOf(text: string | undefined): Drafts | undefined {
  if (text === undefined) return undefined
  const [, method, chance, depths = '1,2,3'] = DRAFTS.exec(text) ?? []
  const numbers = depths.split(',').map(Number)
  if (method === undefined || numbers.some((depth) => !(depth >= 1 && depth <= 16))) {
    throw new CliError(
      'usage',
      `--drafts ${text}: is not method:chance or method:chance:depths, such as mtp:0.8:1,2,3`,
    )
  }
  return { method, acceptance: Number(chance), depths: numbers }
}
