// What a job is: points that each run a command, and what they need. The same job runs on every back
// end; what only one of them knows stands under its name.
import { schemaFaultText } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import { ProfilerRunnerError } from '../errors.js'

// Text that ends up in one line of a script, a label or a command line.
const line = z.string().regex(/^[^\r\n\0]*$/, 'must be one line')
const identifier = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and "-", at most 40')
// A pebibyte.
const mebibytes = z
  .int()
  .positive()
  .max(2 ** 30)
const absolute = line.regex(/^\//, 'must be an absolute path')

const mountSchema = z.object({
  /** A folder of the node, or a Kubernetes volume claim. */
  source: z.union([z.object({ folder: absolute }), z.object({ claim: line })]),
  path: absolute,
  readOnly: z.boolean().default(false),
})

/** Validates a {@link JobSpec}. */
export const jobSpecSchema = z.object({
  name: identifier,
  points: z
    .array(z.object({ name: line, command: z.array(z.string()).min(1) }))
    .min(1)
    .max(100_000),
  /** Points that run at once, at most. */
  parallelism: z.int().positive().max(100_000).optional(),
  /** Times that a point which failed is run again. */
  retries: z.int().min(0).max(20).default(1),
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).default({}),
  workdir: absolute.optional(),
  resources: z
    .object({
      gpus: z.int().min(0).max(65_536).default(0),
      cpus: z.int().positive().max(65_536).optional(),
      memoryMiB: mebibytes.optional(),
      /** Of one point. */
      minutes: z.int().positive().max(5_256_000).optional(),
      /** Shared memory of a container; engines with several ranks need gigabytes. */
      sharedMemoryMiB: mebibytes.optional(),
    })
    .prefault({}),
  image: line.optional(),
  mounts: z.array(mountSchema).default([]),
  slurm: z
    .object({
      partition: line.optional(),
      account: line.optional(),
      qos: line.optional(),
      constraint: line.optional(),
      /** Kind of GPU in --gres=gpu:TYPE:N. */
      gpuType: line.regex(/^\w+$/).optional(),
      /** How `image` is run. */
      container: z.enum(['pyxis', 'apptainer', 'none']).default('pyxis'),
      /** Further options of sbatch, such as `--exclusive`. */
      options: z.array(line.regex(/^--/, 'must start with --')).default([]),
    })
    .prefault({}),
  kubernetes: z
    .object({
      namespace: line.default('default'),
      context: line.optional(),
      serviceAccount: line.optional(),
      runtimeClass: line.optional(),
      nodeSelector: z.record(z.string(), z.string()).default({}),
      tolerations: z
        .array(
          z.object({
            key: z.string().optional(),
            operator: z.enum(['Exists', 'Equal']).optional(),
            value: z.string().optional(),
            effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
          }),
        )
        .default([]),
      gpuResource: line.default('nvidia.com/gpu'),
      imagePullSecrets: z.array(line).default([]),
      /** Secrets whose entries become environment variables. */
      envFromSecrets: z.array(line).default([]),
      /** Days after which the cluster deletes a finished job. */
      keepDays: z.number().positive().max(36_500).default(7),
    })
    .prefault({}),
})

/** A job as users write it. */
export interface JobSpecInput extends z.input<typeof jobSpecSchema> {}
/** A job, checked and with defaults filled in. */
export interface JobSpec extends z.output<typeof jobSpecSchema> {}

/**
 * Checks a job.
 * @throws {@link ProfilerRunnerError} `bad_input`, naming the first field at fault
 */
export function readJobSpec(value: unknown, source = 'job'): JobSpec {
  const result = jobSpecSchema.safeParse(value)
  if (result.success) return result.data
  throw new ProfilerRunnerError('bad_input', `${source}: ${schemaFaultText(result.error)}`, {
    cause: result.error,
  })
}
