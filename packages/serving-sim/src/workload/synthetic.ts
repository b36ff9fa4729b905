// Generated workloads: open loop (arrivals at their own times) or closed loop (users who wait, think and
// ask again), with shared prefixes, conversations and service classes.
import type { WorkloadImage, WorkloadRequest } from '@flowsim/trace-schema'
import { randomExponential } from 'd3-random'
import { z } from 'zod'
import { priority, requests } from '../config/limits.js'
import { ServingError } from '../errors.js'
import { type RandomSource, randomSource } from '../random/random.js'
import { arrivalSchema, arrivalTimes } from './arrivals.js'
import { imageSampler, imagesSchema, placedImages } from './images.js'
import { lengthSampler, lengthSchema } from './lengths.js'

const prefixSchema = z.strictObject({
  tokens: lengthSchema,
  groups: requests.optional().describe('Number of different prefixes. Default 1.'),
  skew: z
    .number()
    .nonnegative()
    .optional()
    .describe('How unevenly they are used: the k-th as often as k^-skew. Default 0.'),
})

const secondsSchema = z.union([
  z.number().nonnegative(),
  z.strictObject({ meanS: z.number().nonnegative() }),
])

const toolSchema = z.strictObject({
  share: z.number().min(0).max(1).describe('Share of the answers that call a tool.'),
  durationS: secondsSchema.describe('Seconds that a tool takes.'),
  resultTokens: lengthSchema.describe('Tokens that it gives back, instead of a question.'),
})

const sessionSchema = z.strictObject({
  rounds: lengthSchema,
  thinkS: secondsSchema.describe('Seconds from an answer to the next question.'),
  tools: toolSchema.optional().describe('Agents: answers that call a tool.'),
  accumulate: z
    .boolean()
    .optional()
    .describe('Whether a prompt repeats all that was said before. Default true.'),
})

/** Names that requests draw, the k-th as often as k^-skew. */
const namesSchema = (what: string) =>
  z.strictObject({
    count: requests.describe(`Number of different ${what}.`),
    skew: z
      .number()
      .nonnegative()
      .optional()
      .describe('How unevenly they are used: the k-th as often as k^-skew. Default 0.'),
    share: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Share of the requests, or sessions, that have one. Default 1.'),
  })

const classSchema = z.strictObject({
  name: z.string(),
  share: z.number().positive(),
  priority: priority.optional(),
  timeoutS: z.number().positive().optional(),
})

/** Fields of a generated workload. */
export const syntheticFields = {
  requests: requests.describe('In all; `stages` and `durationS` may end earlier.'),
  durationS: z.number().positive().optional().describe('Arrivals after it do not happen.'),
  arrival: arrivalSchema
    .optional()
    .describe('Of requests, or of the first rounds of sessions; not with `users`.'),
  users: requests
    .optional()
    .describe('Closed loop: so many users, each of whom waits for an answer before asking again.'),
  inputTokens: lengthSchema,
  outputTokens: lengthSchema,
  prefix: prefixSchema.optional().describe('Tokens that prompts share, besides their own.'),
  sessions: sessionSchema.optional().describe('Conversations of several rounds.'),
  models: z
    .array(z.strictObject({ name: z.string(), share: z.number().positive() }))
    .min(1)
    .optional()
    .describe('Models that requests, or sessions, ask for, by their shares.'),
  adapters: namesSchema('LoRA adapters').optional().describe('Adapters of requests.'),
  images: imagesSchema.optional().describe('Images before the text of a request or question.'),
  schemas: namesSchema('schemas').optional().describe('Structured output: schemas of requests.'),
  classes: z.array(classSchema).optional().describe('Service classes, by their shares.'),
}

/** A generated workload. */
export type SyntheticSpec = z.infer<z.ZodObject<typeof syntheticFields>> & { seed: number }

/**
 * The requests of a generated workload, in order of arrival.
 * @throws ServingError `invalid_workload` for one without arrivals and users
 */
export function syntheticRequests(spec: SyntheticSpec): WorkloadRequest[] {
  return new Generator(spec).generate()
}

class Generator {
  private readonly requests: WorkloadRequest[] = []
  private readonly drawInput: () => number
  private readonly drawOutput: () => number
  private readonly drawPrefix: () => Prefix | null
  private readonly drawRounds: () => number
  private readonly drawThinkNs: () => number
  private readonly drawModel: () => string | null
  private readonly drawTool: () => Tool | null
  private readonly drawAdapter: () => string | null
  private readonly drawSchema: () => string | null
  private readonly drawImages: () => WorkloadImage[]
  private readonly drawClass: () => ServiceClass | null
  private readonly accumulates: boolean

  constructor(private readonly spec: SyntheticSpec) {
    const { sessions } = spec
    this.drawInput = lengthSampler(spec.inputTokens, this.stream(1))
    this.drawOutput = lengthSampler(spec.outputTokens, this.stream(2), 0)
    this.drawPrefix = prefixSampler(spec.prefix, this.stream(3))
    this.drawRounds = lengthSampler(sessions?.rounds ?? 1, this.stream(4))
    this.drawThinkNs = thinkSampler(sessions?.thinkS ?? 0, this.stream(5))
    this.drawClass = classSampler(spec.classes, this.stream(6))
    this.drawModel = modelSampler(spec.models, this.stream(9))
    this.drawTool = toolSampler(sessions?.tools, this.stream(10))
    this.drawAdapter = nameSampler('adapter', spec.adapters, this.stream(7))
    this.drawSchema = nameSampler('schema', spec.schemas, this.stream(8))
    this.drawImages = imageSampler(spec.images, this.stream(11))
    this.accumulates = sessions !== undefined && (sessions.accumulate ?? true)
  }

  generate(): WorkloadRequest[] {
    const { arrival, users } = this.spec
    if (users !== undefined) this.closedLoop(users)
    else if (arrival !== undefined) this.openLoop(arrivalTimes(arrival, this.stream(0)))
    else throw new ServingError('invalid_workload', 'a workload needs arrival or users')
    return this.requests
  }

  private stream(index: number): RandomSource {
    return randomSource(this.spec.seed, index)
  }

  /** Every user asks as often, the first ones once more where it does not come out even. */
  private closedLoop(users: number): void {
    for (let user = 0; user < users; user++) {
      const asked = Math.ceil((this.spec.requests - user) / users)
      for (let done = 0; done < asked; ) {
        const rounds = Math.min(asked - done, Math.max(1, this.drawRounds()))
        this.converse(0, `user-${user}`, rounds, done === 0)
        done += rounds
      }
    }
  }

  private openLoop(arrivals: Iterable<number>): void {
    const { requests: most, durationS = Number.POSITIVE_INFINITY, sessions } = this.spec
    let count = 0
    for (const arrivalNs of arrivals) {
      if (this.requests.length >= most || arrivalNs > durationS * 1e9) break
      const session = sessions === undefined ? null : `session-${count++}`
      this.converse(arrivalNs, session, this.drawRounds(), true)
    }
  }

  /** The rounds of a conversation; a request outside of sessions is one of a single round. */
  private converse(
    arrivalNs: number,
    session: string | null,
    rounds: number,
    isFirst: boolean,
  ): void {
    const prefix = this.drawPrefix()
    // A conversation is with one adapter of one model.
    const model = this.drawModel()
    const adapter = this.drawAdapter()
    let said = 0
    let seen: WorkloadImage[] = []
    for (let round = 0; round < rounds; round++) {
      if (this.requests.length >= this.spec.requests) return
      // What a tool gave back comes instead of a question, as soon as the tool has ended.
      const tool = round > 0 ? this.drawTool() : null
      const asked = this.drawInput()
      const before = (prefix?.tokens ?? 0) + (this.accumulates ? said : 0)
      const shown = placedImages(tool === null ? this.drawImages() : [], before, (i) =>
        session === null ? null : `request-${this.requests.length}-image-${i}`,
      )
      const own = (tool?.resultTokens ?? asked) + shown.tokens
      const outputTokens = this.drawOutput()
      said += own + outputTokens
      const { timeoutS, ...chosen } = this.drawClass() ?? {}
      const request: WorkloadRequest = {
        id: `request-${this.requests.length}`,
        arrivalNs,
        inputTokens: before + own,
        outputTokens,
        ...chosen,
      }
      seen = this.accumulates ? [...seen, ...shown.images] : shown.images
      if (seen.length > 0) request.images = seen
      if (model !== null) request.model = model
      if (adapter !== null) request.adapter = adapter
      const grammar = this.drawSchema()
      if (grammar !== null) request.grammar = grammar
      if (prefix !== null) {
        request.prefixGroup = prefix.group
        request.prefixTokens = prefix.tokens
      }
      if (session !== null) {
        request.session = session
        // Prompts that repeat nothing begin anew.
        request.round = this.accumulates ? round : 0
        const thinkNs = isFirst && round === 0 ? 0 : this.drawThinkNs()
        request.thinkNs = tool?.durationNs ?? thinkNs
      } else if (timeoutS !== undefined) {
        request.deadlineNs = arrivalNs + Math.round(timeoutS * 1e9)
      }
      this.requests.push(request)
    }
  }
}

interface Prefix {
  group: string
  tokens: number
}

function prefixSampler(spec: SyntheticSpec['prefix'], random: RandomSource): () => Prefix | null {
  if (spec === undefined) return () => null
  const count = spec.groups ?? 1
  const length = lengthSampler(spec.tokens, random, 0)
  const prefixes = Array.from({ length: count }, (_, i) => ({
    group: `prefix-${i}`,
    tokens: length(),
  }))
  const pick = lengthSampler(
    { distribution: 'zipf', min: 1, max: count, theta: spec.skew ?? 0 },
    random,
  )
  return () => prefixes[pick() - 1]!
}

interface Tool {
  durationNs: number
  resultTokens: number
}

function toolSampler(
  tools: z.infer<typeof toolSchema> | undefined,
  random: RandomSource,
): () => Tool | null {
  if (tools === undefined) return () => null
  const durationNs = thinkSampler(tools.durationS, random)
  const tokens = lengthSampler(tools.resultTokens, random)
  return () => {
    const tool = { durationNs: durationNs(), resultTokens: tokens() }
    return random() < tools.share ? tool : null
  }
}

function modelSampler(models: SyntheticSpec['models'], random: RandomSource): () => string | null {
  const draw = classSampler(models, random)
  return () => draw()?.sloClass ?? null
}

function nameSampler(
  name: string,
  spec: { count: number; skew?: number | undefined; share?: number | undefined } | undefined,
  random: RandomSource,
): () => string | null {
  if (spec === undefined) return () => null
  const { count, skew = 0, share = 1 } = spec
  const pick = lengthSampler({ distribution: 'zipf', min: 1, max: count, theta: skew }, random)
  return () => {
    // Both are drawn whatever comes out, so that another share leaves the others as they were.
    const has = random() < share
    const chosen = pick()
    return has ? `${name}-${chosen}` : null
  }
}

function thinkSampler(spec: number | { meanS: number }, random: RandomSource): () => number {
  if (typeof spec === 'number') return () => Math.round(spec * 1e9)
  if (spec.meanS === 0) return () => 0
  const draw = randomExponential.source(random)(1 / spec.meanS)
  return () => Math.round(draw() * 1e9)
}

interface ServiceClass {
  sloClass: string
  priority?: number
  timeoutS?: number
}

function classSampler(
  classes: SyntheticSpec['classes'],
  random: RandomSource,
): () => ServiceClass | null {
  if (classes === undefined || classes.length === 0) return () => null
  const total = classes.reduce((sum, { share }) => sum + share, 0)
  return () => {
    let left = random() * total
    const chosen = classes.find(({ share }) => {
      left -= share
      return left < 0
    })
    const { name, priority, timeoutS } = chosen ?? classes.at(-1)!
    return {
      sloClass: name,
      ...(priority === undefined ? {} : { priority }),
      ...(timeoutS === undefined ? {} : { timeoutS }),
    }
  }
}
