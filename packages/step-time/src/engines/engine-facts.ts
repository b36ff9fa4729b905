// What is peculiar to a version of a serving engine, as data: engines/*.json, each value with its source.
import { FlowsimError } from '@flowsim/trace-schema'
import { schemaFault, schemaFaultText } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import { graphSizes, isRange, SIZES } from './graph-sizes.js'
import { compareVersions } from './versions.js'

/** Engines whose kernels are known. */
export const ENGINE_NAMES = ['vllm', 'sglang', 'trtllm'] as const

/** Name of an engine. */
export type EngineName = (typeof ENGINE_NAMES)[number]

/** Kernels of experts that stand for a measured one with weights of as many bytes. */
const UNMEASURED_EXPERTS = [
  'blockTriton',
  'blockTrtllm',
  'blockTrtllmMany',
  'mxfp4',
  'weightOnly',
] as const

const count = z.int().min(0).max(1e9)
const version = z.string().regex(/^\d+(\.\d+)*$/, 'a version is numbers with dots between')

/** Validates {@link EngineFacts}. */
export const engineFactsSchema = z.strictObject({
  schema: z.literal('flowsim.engine-facts/1'),
  engine: z.enum(ENGINE_NAMES),
  versions: z
    .strictObject({ from: version, to: version })
    .refine(({ from, to }) => compareVersions(from, to) <= 0, 'the last comes before the first')
    .describe('First and last, inclusive.'),
  kernels: z.strictObject({
    allReduce: z.string().describe('Its all-reduce kernel, in the names of the calibration.'),
    latentAttention: z.string().describe('Its kernels of latent attention, in those names.'),
    sharedBesideTokens: count.describe(
      'Most tokens of a step whose shared experts run beside the routed ones.',
    ),
    unmeasuredExperts: z
      .partialRecord(z.enum(UNMEASURED_EXPERTS), z.number().min(0.1).max(10))
      .describe(
        'Kernels of experts that the engine has and that were not measured, each with its time over that of the measured kernel with weights of as many bytes: block FP8 in Triton as 16-bit experts, block FP8 and MXFP4 of TensorRT-LLM on devices with FP4 units as NVFP4 ones, 4-bit weights under 16-bit activations as 16-bit experts; block FP8 of TensorRT-LLM with many tokens as the measured kernel with as many.',
      ),
    normInAllReduce: z.strictObject({
      kernel: z
        .string()
        .describe(
          'All-reduce that adds the residual and norms the sum, in the names of the calibration.',
        ),
      on: z.array(z.string()).describe('Compute capabilities of the devices where it runs.'),
      models: z.enum(['all', 'experts']).describe('All, or those with experts only.'),
      mostBytes: count.describe('Largest message.'),
    }),
    fusedGroupSize: count.describe(
      'Largest group of elements with one scale that the kernel before quantises; 0: whole rows only.',
    ),
    gapUs: z
      .number()
      .min(0)
      .max(1000)
      .describe(
        'From the end of a kernel in a CUDA graph to the start of the next; 0 where that starts before.',
      ),
  }),
  attention: z.strictObject({
    mixedTileRows: count.describe(
      'Queries that a kernel works on at once; in a step with chunks each decode takes as long as so many. 0: decodes have their own kernel.',
    ),
    keyTile: count.describe(
      'Keys that the kernel of decodes works on at once: the last ones of a sequence take as long as so many. 0: none is said.',
    ),
    tiledOn: z.array(z.string()).describe('Compute capabilities of the devices where that is so.'),
  }),
  graphs: z.strictObject({
    decode: z
      .array(
        z
          .string()
          .regex(SIZES, {
            error: 'a size, or first..last/step, of six digits at most',
            abort: true,
          })
          .refine(isRange, { error: 'the last size comes before the first', abort: true }),
      )
      .refine((sizes) => isAscending(graphSizes(sizes)), 'sizes are not in ascending order')
      .describe('Sizes of the steps that only decode, by sequences of a replica.'),
    padding: z.boolean().describe('Whether a step between two sizes is filled up to the larger.'),
    prefillTokens: count.describe('Most tokens of a step that prefills in CUDA graphs; 0: none.'),
  }),
  host: z.strictObject({
    opUs: z.number().min(0).max(1e6).describe('To launch an operation outside of graphs.'),
    devices: z
      .record(z.string(), z.number().min(0.05).max(20))
      .optional()
      .describe(
        'Time of launches on servers of a device, by its name, over `opUs` and `recurrentMs`: their processors differ. Left out: 1.',
      ),
    recurrentMs: z
      .number()
      .min(0)
      .max(1e6)
      .optional()
      .describe(
        'To launch the kernels of a layer of linear attention outside of graphs, beside its other operations. Left out: not known.',
      ),
    sequenceUs: z
      .number()
      .min(0)
      .max(1e6)
      .describe(
        'Of a step for each of its sequences, beside its kernels: inputs, sampling, outputs, as far as the device waits for them.',
      ),
    draftUs: z
      .number()
      .min(0)
      .max(1e6)
      .optional()
      .describe(
        'Of a step that drafts, beside its kernels: the next step is prepared when it is known what was accepted. Left out: not known.',
      ),
    contextMs: z
      .number()
      .min(0)
      .max(1e6)
      .optional()
      .describe(
        'Of a step of an instance that prefills for others, beside its kernels: it is not scheduled ahead, and looks after transfers. Left out: not known.',
      ),
    requestMs: z
      .number()
      .min(0)
      .max(1e6)
      .describe('From a request until its scheduler sees it: HTTP, tokenisation.'),
    busyMs: z
      .number()
      .min(0)
      .max(1e6)
      .describe('Beside that where the server has other requests, of any number.'),
    inputTokenUs: z.number().min(0).max(1e6).describe('For each token of its prompt.'),
    otherRequestUs: z.number().min(0).max(1e6).describe('For each other request of the server.'),
  }),
  scheduler: z.strictObject({
    async: z.boolean().describe('Whether a step is scheduled while the one before runs.'),
    reservation: z
      .enum(['as-needed', 'prompt', 'whole-output'])
      .describe('What a request that starts gets blocks for.'),
  }),
  precision: z.strictObject({
    weightOnly: z
      .array(z.enum(['fp8', 'fp4']))
      .describe(
        'Formats that run as weight-only on devices without units for them; others are refused.',
      ),
  }),
  memory: z.strictObject({
    runtimeBytes: z
      .strictObject({ alone: count, parallel: count })
      .describe('Beside weights, activations and KV cache: NCCL, CUDA context, graphs.'),
    logitBytes: z
      .number()
      .min(0)
      .max(64)
      .describe('Of each element of the logits of a full batch, where activations are measured.'),
  }),
  sources: z.record(z.string(), z.string()).describe('By the path of the value.'),
})

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((each, i) => i === 0 || each > numbers[i - 1]!)
}

/** What is peculiar to a version of an engine. */
export interface EngineFacts extends z.infer<typeof engineFactsSchema> {}

/** Why engine facts were refused. */
export type EngineFactsErrorCode = 'invalid_facts' | 'unknown_engine'

/** Engine facts that are wrong or that nobody knows. */
export class EngineFactsError extends FlowsimError<EngineFactsErrorCode> {
  override readonly name = 'EngineFactsError'
}

/**
 * Reads engine facts from parsed JSON.
 * @param options - `source` names the input
 * @throws {@link EngineFactsError} `invalid_facts`, with the path of the first fault
 */
export function readEngineFacts(value: unknown, { source }: { source: string }): EngineFacts {
  const facts = engineFactsSchema.safeParse(value)
  if (!facts.success) {
    const { field } = schemaFault(facts.error)
    throw new EngineFactsError('invalid_facts', `${source}: ${schemaFaultText(facts.error)}`, {
      source,
      at: { path: field },
      cause: facts.error,
    })
  }
  const unsourced = leaves(facts.data).find((path) => sourceOf(facts.data, path) === undefined)
  if (unsourced !== undefined) {
    throw new EngineFactsError('invalid_facts', `${source}: ${unsourced} has no source`, {
      source,
      at: { path: unsourced },
    })
  }
  return facts.data
}

/** Where the value at a path comes from: its own source, or that of what holds it. */
export function sourceOf({ sources }: EngineFacts, path: string): string | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    if (sources[at] !== undefined) return sources[at]
  }
  return undefined
}

const HEAD = ['schema', 'engine', 'versions', 'sources']

/** Paths of all values but those that say which engine it is. */
export function leaves(facts: EngineFacts): string[] {
  const paths: string[] = []
  const walk = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) paths.push(path)
    else for (const [name, inner] of Object.entries(value)) walk(inner, `${path}.${name}`)
  }
  for (const [name, value] of Object.entries(facts)) if (!HEAD.includes(name)) walk(value, name)
  return paths
}
