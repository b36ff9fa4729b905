// The host constants of one deployment, fitted to one half of its measured runs, with the errors on both halves.
//
// Each run is simulated with the requests that it had, in the deployment that the configuration describes. What is
// fitted is what the host and the frontend take; how fast kernels are is the matter of calibration profiles.
import {
  type MeasuredRun,
  type PrepareOptions,
  prepareServing,
  ServingError,
  type SimulationResult,
  workloadOfRun,
} from '@flowsim/serving-sim'
import type { EngineFacts } from '../engines/engine-facts.js'
import { loadEngine } from '../model-parts.js'
import { type HalfErrors, halfErrors } from './errors.js'
import { factAt, fitHost, withFacts } from './fit-host.js'
import { halvesOf, observationsOf, type Part, simulatedObservations } from './observe.js'

/** Path under which a configuration reads the facts that are tried. */
const FACTS = 'fitted engine facts.json'

/**
 * Values that are tried. Beyond them they would stand for something else: launches take 5 to 10 us and an operation
 * has several; graphs have gaps of a microsecond or two; tokens are tokenised and their text is parsed in 2 to 5 us.
 */
const CANDIDATES: Readonly<Record<string, readonly number[]>> = {
  'host.opUs': [5, 10, 20, 30, 45, 60, 90, 130],
  'kernels.gapUs': [0, 0.5, 1, 1.5, 2, 3, 4],
  'host.requestMs': [0, 1, 2, 3, 5, 8, 12, 20],
  'host.inputTokenUs': [0, 1, 2, 3, 4, 5, 8],
  'host.otherRequestUs': [0, 50, 100, 200, 400, 700, 1000, 1400, 2000],
}

/** Fields of a configuration that state what is fitted. */
const STATED = [
  'requestOverheadMs',
  'inputTokenOverheadUs',
  'otherRequestOverheadUs',
  'stepTime.hostOpUs',
] as const

/** What a deployment's constants are fitted with: its configuration, and the runs. */
export interface DeploymentFitOptions extends Omit<PrepareOptions, 'requests' | 'values'> {
  runs: readonly MeasuredRun[]
  /** Called after each simulation. */
  onSimulated?: () => void
}

/** A constant before and after. */
export interface FittedConstant {
  path: string
  before: number
  after: number
}

/** What came of it. */
export interface DeploymentFit {
  /** The engine's facts with the fitted values, for `stepTime.engineFacts`. */
  facts: EngineFacts
  constants: FittedConstant[]
  /** Errors of each run in each half, with the engine's own constants and with the fitted ones. */
  errors: HalfErrors[]
  /** Blocks of the KV cache that the engine reported; null: it did not, or the configuration states them. */
  kvBlocks: number | null
  /** What a user should know of the fit. */
  notes: string[]
}

/**
 * Fits what the host takes in one deployment.
 * @param text the deployment as `serving run` takes it, YAML or JSON; its workload is only needed for runs that do
 *   not say what came
 * @throws ServingError where the configuration does not hold, has no engine facts, or states what is fitted
 */
export function fitDeployment(text: string, options: DeploymentFitOptions): DeploymentFit {
  const deployment = new Deployment(text, options)
  const parts = halvesOf(options.runs)
  const fitted = parts.filter(({ half }) => half === 'fitted')
  const { values } = fitHost({
    facts: deployment.facts,
    candidates: CANDIDATES,
    observations: fitted.flatMap(observationsOf),
    refines: true,
    simulate: (facts) => fitted.flatMap((part) => deployment.observe(part, facts)),
  })
  const constants = Object.keys(CANDIDATES).map((path) => ({
    path,
    before: factAt(deployment.facts, path),
    after: values[path]!,
  }))
  const after = withFacts(deployment.facts, values)
  const errors = parts.map((part) =>
    halfErrors(part, deployment.run(part.run, deployment.facts), deployment.run(part.run, after)),
  )
  const source = sourceOf(errors)
  return {
    facts: {
      ...after,
      sources: {
        ...after.sources,
        ...Object.fromEntries(constants.map(({ path }) => [path, source])),
      },
    },
    constants,
    errors,
    kvBlocks: deployment.kvBlocks,
    notes: [...deployment.notes(parts), ...atEnds(constants)],
  }
}

/** What is read of a configuration here. */
interface Described {
  stepTime?: DescribedStepTime
  instances?: { stepTime?: DescribedStepTime }[]
  kv?: { blocks?: number; blockSize?: number }
}

type DescribedStepTime = { type: string } & Parameters<typeof loadEngine>[0]

class Deployment {
  readonly facts: EngineFacts
  readonly kvBlocks: number | null
  private readonly sections: readonly string[]

  constructor(
    private readonly text: string,
    private readonly options: DeploymentFitOptions,
  ) {
    const { source, readText } = options
    const config = this.prepare(options.runs[0]!, {}).config as unknown as Described
    const instances = config.instances ?? []
    this.sections = [
      ...(config.stepTime === undefined ? [] : ['stepTime']),
      ...instances.flatMap(({ stepTime }, i) =>
        stepTime === undefined ? [] : [`instances.${i}.stepTime`],
      ),
    ]
    const stepTime = config.stepTime ?? instances[0]?.stepTime
    if (stepTime?.type !== 'model' && stepTime?.type !== 'profile') {
      throw new ServingError(
        'invalid_config',
        'stepTime is not of the type model or profile, which have engine facts to fit',
        { source },
      )
    }
    const stated = STATED.find((path) => valueAt(config, path) !== undefined)
    if (stated !== undefined) {
      throw new ServingError('invalid_config', `${stated} is what is fitted; leave it out`, {
        source,
      })
    }
    this.facts = loadEngine(stepTime, { at: () => ({ source }), readText })
    const kvTokens = options.runs.find((run) => run.kvTokens !== null)?.kvTokens ?? null
    const { kv } = config
    this.kvBlocks =
      kvTokens === null || kv?.blocks !== undefined
        ? null
        : Math.floor(kvTokens / (kv?.blockSize ?? 16))
  }

  observe(part: Part, facts: EngineFacts) {
    return simulatedObservations(part, this.run(part.run, facts))
  }

  run(run: MeasuredRun, facts: EngineFacts): SimulationResult {
    const { readText } = this.options
    const result = this.prepare(
      run,
      {
        ...Object.fromEntries(this.sections.map((section) => [`${section}.engineFacts`, FACTS])),
        ...(this.kvBlocks === null ? {} : { 'kv.blocks': this.kvBlocks }),
      },
      (path) => (path === FACTS ? JSON.stringify(facts) : readText(path)),
    ).run()
    this.options.onSimulated?.()
    return result
  }

  notes(parts: readonly Part[]): string[] {
    const notes: string[] = []
    if (!parts.some(({ half }) => half === 'held out')) {
      notes.push('there is one run, of which only sums are known: no half is left to report on')
    }
    if (parts.some(({ run }) => run.arrival.process === 'poisson')) {
      notes.push(
        'when requests came is not recorded: they are drawn at the rate, and middles are compared',
      )
    }
    if (parts.some(({ run }) => run.totals !== null)) {
      notes.push('runs without their requests are simulated with requests of the mean length')
    }
    return notes
  }

  private prepare(
    run: MeasuredRun,
    values: Record<string, unknown>,
    readText = this.options.readText,
  ) {
    const { runs: _, onSimulated: __, ...options } = this.options
    const requests = workloadOfRun(run)
    return prepareServing(this.text, {
      ...options,
      readText,
      values,
      ...(requests === null ? {} : { requests }),
    })
  }
}

/** A step's constant at the end of what is tried stands for something else. */
function atEnds(constants: readonly FittedConstant[]): string[] {
  return constants.flatMap(({ path, before, after }) => {
    const values = CANDIDATES[path]!
    const most = values.at(-1)!
    if (after === before || after < most) return []
    return [
      `${path} is at the end of what is tried (${values[0]} to ${most}): what is left is rather a matter of kernels, ` +
        'or of what the configuration does not say',
    ]
  })
}

function valueAt(config: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config)
}

/** Where fitted values come from, as words in a file of engine facts. */
function sourceOf(errors: readonly HalfErrors[]): string {
  const named = (half: Part['half']) =>
    errors
      .filter((each) => each.half === half)
      .map(({ source, requests }) => `${source} (${requests})`)
  const held = errors.filter(({ half }) => half === 'held out')
  const shown = held.flatMap(({ metrics }) =>
    metrics.map(({ metric, statistic, measuredS, afterS }) => {
      const error = afterS / measuredS - 1
      return `${statistic} ${metric} ${error < 0 ? '' : '+'}${(100 * error).toFixed(1)} %`
    }),
  )
  return (
    `fit to requests of ${named('fitted').join(', ')}` +
    (held.length === 0 ? '' : `; on ${named('held out').join(', ')}: ${shown.join(', ')}`)
  )
}
