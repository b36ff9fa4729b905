// How tokens are drafted and accepted, from the section `speculation` and what its model has for it.
import { ServingError, type SourcePlace } from '../../../errors.js'
import type { Deployment, Drafter, StepTimeConfig } from '../../../step-time/deployment.js'
import type { InstanceOptions } from '../options.js'
import { type AcceptanceLaw, reachOf } from '../speculation/acceptance.js'
import { METHODS } from '../speculation/methods/index.js'
import type { SpeculationOptions } from '../speculation/options.js'
import type { SpeculationConfig } from '../speculation/schema.js'

export interface Speculation {
  options: SpeculationOptions
  /** What takes room on the devices; null: nothing does. */
  drafter: Drafter | null
}

/** What a section `speculation` stands in. */
export interface SpeculationContext {
  deployment: Deployment
  role: InstanceOptions['role']
  seed: number
  place(field: keyof SpeculationConfig): SourcePlace
  /** Deploys the model of the field `draft`. */
  deployDraft(stepTime: StepTimeConfig): Deployment
}

/** @throws ServingError with the place of the field at fault */
export function resolveSpeculation(
  config: SpeculationConfig,
  context: SpeculationContext,
): Speculation {
  const method = METHODS[config.method]
  const branches = branchesOf(config, context)
  checkAcceptance(config.acceptance, branches.length, context)
  const drafter = drafterOf(config, branches.length, context)
  return {
    drafter,
    options: {
      method: config.method,
      tokens: verifiedTokens(config, branches, context),
      // Where prompts are prefilled for other instances, the drafter reads them, and drafts nothing.
      passes: context.role === 'prefill' ? [] : method.passes(branches),
      reach: reachOf(config.acceptance, branches.length, branches),
      draftedShare: config.draftedShare ?? 1,
      drafter: drafter?.stepTime ?? null,
      hostNs: context.role === 'prefill' ? 0 : hostNs(config, context),
      maxBatch: config.maxBatch ?? Number.POSITIVE_INFINITY,
      seed: context.seed,
    },
  }
}

/** What is stated, or what the engine's facts say. */
function hostNs({ hostUs }: SpeculationConfig, { deployment }: SpeculationContext): number {
  return hostUs === undefined ? deployment.engine.draftNs : hostUs * 1000
}

/** Candidates that each token of one position gets in the next: one, where drafts are not trees. */
function branchesOf(
  { method, depth, branches }: SpeculationConfig,
  { deployment, place }: SpeculationContext,
): readonly number[] {
  if (branches !== undefined) {
    if (depth === undefined || depth === branches.length) return branches
    throw new ServingError(
      'invalid_config',
      `depth is ${depth}, but branches has ${branches.length} positions; give one of them`,
      place('depth'),
    )
  }
  const count = depth ?? METHODS[method].depth(deployment)
  if (count !== null) return new Array<number>(count).fill(1)
  throw new ServingError(
    'invalid_config',
    'speculation.depth is missing; say how many tokens are drafted one after the other',
    place('method'),
  )
}

function verifiedTokens(
  { verified }: SpeculationConfig,
  branches: readonly number[],
  { place }: SpeculationContext,
): number {
  let level = 1
  let all = 0
  for (const count of branches) {
    level *= count
    all += level
  }
  if (verified === undefined) return all
  if (verified >= branches.length && verified <= all) return verified
  throw new ServingError(
    'invalid_config',
    `verified is ${verified}; a draft of ${branches.length} positions has ${branches.length} to ${all} tokens`,
    place('verified'),
  )
}

function checkAcceptance(law: AcceptanceLaw, depth: number, { place }: SpeculationContext): void {
  const fault = faultOf(law, depth)
  if (fault !== null) throw new ServingError('invalid_config', fault, place('acceptance'))
}

/** What is wrong with a law of drafts of so many positions, as words. */
function faultOf(law: AcceptanceLaw, depth: number): string | null {
  if (typeof law === 'number') return null
  if ('histogram' in law) {
    const { histogram } = law
    if (histogram.length > depth + 1) {
      return `the histogram counts ${histogram.length - 1} accepted tokens, but ${depth} are drafted`
    }
    return histogram.some((count) => count > 0) ? null : 'the histogram counts nothing'
  }
  if ('meanTokens' in law) {
    if (law.meanTokens <= depth + 1) return null
    return `a step cannot give ${law.meanTokens} tokens on average where ${depth} are drafted`
  }
  if (law.length !== depth) {
    return `acceptance has ${law.length} positions, but ${depth} tokens are drafted`
  }
  const rises = law.findIndex((share, i) => i > 0 && share > law[i - 1]!)
  if (rises < 0) return null
  return `acceptance rises at position ${rises + 1}; each is the share of steps that accept so many tokens or more`
}

function drafterOf(
  { method, draft }: SpeculationConfig,
  depth: number,
  { deployment, deployDraft, place }: SpeculationContext,
): Drafter | null {
  if (draft !== undefined) {
    if (method === 'ngram') {
      throw new ServingError(
        'invalid_config',
        'n-grams are looked up by the host; leave speculation.draft out',
        place('draft'),
      )
    }
    const { stepTime, memory } = deployDraft(draft)
    return { stepTime, memory }
  }
  const own = METHODS[method].drafter(deployment, depth)
  if (own === null || !('missing' in own)) return own
  throw new ServingError('invalid_config', own.missing, place('method'))
}
