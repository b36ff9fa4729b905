// The fields of `stepTime` that say which model runs on which devices, in which engine.
import { z } from 'zod'
import { ENGINE_NAMES } from './engines/engine-facts.js'

const degree = z.int().positive().max(65_536)

/** Kinds of layers that checkpoints quantise together. */
const WEIGHT_PARTS = ['attention', 'mlp', 'shared', 'experts', 'head'] as const

export const modelFields = {
  /**
   * Name in the catalogue of models, path of a `config.json` or of a checkpoint's folder, or `org/name` of a
   * hub.
   */
  model: z.string(),
  /** Read a configuration of an unknown family as a Llama-like decoder. */
  generic: z.boolean().optional(),
  /** Name in the catalogue of devices, or path of a description. */
  hardware: z.string(),
  /** Default `calibrated`. */
  latencyModel: z.string().optional(),
  /**
   * Path of a table of collectives' times (op, num_gpus, message_bytes, latency_us), as `flowsim external collect`
   * and `flowsim profile --nccl` write them; it comes before the latency model.
   */
  collectives: z.string().optional(),
  /**
   * How weights are stored and multiplied: bf16, fp8, fp8_block, fp4, …, for all linear layers or for
   * each kind of them. Left out, as in the checkpoint.
   */
  precision: z.union([z.string(), z.partialRecord(z.enum(WEIGHT_PARTS), z.string())]).optional(),
  kvPrecision: z.string().optional(),
  tensorParallel: degree.optional(),
  pipelineParallel: degree.optional(),
  contextParallel: degree.optional(),
  expertParallel: degree.optional(),
  /** Replicas of the attention, each with its own batch, that share the experts. */
  dataParallel: degree.optional(),
  /** Devices that divide the width of an expert; what is left of the stage if absent. */
  moeTensorParallel: degree.optional(),
  /** Engine whose kernels, graphs and host costs hold. Default vllm. */
  kernels: z.enum(ENGINE_NAMES).optional(),
  /** Its version, such as 0.11.2. Default the newest that is known. */
  engineVersion: z.string().optional(),
  /** Path of a file of engine facts, instead of a known engine. */
  engineFacts: z.string().optional(),
  /** Microseconds in which the host launches an operation outside of CUDA graphs. */
  hostOpUs: z.number().nonnegative().max(1e6).optional(),
  /** Microseconds that each sequence of a step adds beside its kernels. */
  hostSequenceUs: z.number().nonnegative().max(1e6).optional(),
  /** The link of each device, where it is not that of the device's description: PCIe through a host. */
  link: z
    .strictObject({
      bandwidthGBps: z.number().min(1e-6).max(1e6),
      latencyUs: z.number().nonnegative().max(1e6).optional(),
    })
    .optional(),
  /**
   * Load of the experts: balanced, uniform, zipf, zipf_1.2, power_law_1.2, or the path of a file of counts (.json,
   * .csv, .txt). Default balanced.
   */
  expertLoad: z.string().optional(),
  /** Copies of experts beside them (EPLB). Default: as many as fill the devices evenly. */
  redundantExperts: z.int().min(0).max(65_536).optional(),
  /** How experts and copies stand on devices. Default `eplb` where there are copies. */
  expertBalancing: z.enum(['eplb', 'none']).optional(),
  /**
   * How rows reach experts: `library`, a collective, and fused experts; `deepep`, separate kernels, and grouped
   * products. Default `deepep` where more devices share the experts than a host has.
   */
  expertKernels: z.enum(['deepep', 'library']).optional(),
  /** Run layers with experts in two halves whose communication hides behind each other. Default false. */
  twoBatchOverlap: z.boolean().optional(),
  /** Devices that the fast links join, where they are more than a board has: 72 in an NVL72. */
  devicesPerNode: degree.optional(),
}

/** The section `stepTime` of type `model`. */
export type ModelFields = z.infer<z.ZodObject<typeof modelFields>>
