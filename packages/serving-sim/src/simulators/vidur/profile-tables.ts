// Operator times from Vidur's profiles, as its predictor learns them: medians in milliseconds.
//
//   mlp.csv        time_stats.<op>.median by num_tokens, filtered by model size and
//                  num_tensor_parallel_workers
//   attention.csv  attn_decode by batch_size and kv_cache_size (rows with prefill_chunk_size 0);
//                  attn_prefill by kv_cache_size and prefill_chunk_size²; attn_kv_cache_save by
//                  tokens, where profiled; filtered by model, block_size and tensor parallelism
//   all_reduce.csv, send_recv.csv  by size / (2 · n_embd)
//   cpu_overheads.csv  schedule, sampler_e2e, prepare_inputs_e2e, process_model_outputs (medians)
//                  and ray_comm_time (mean) by batch_size
//
// Vidur tabulates its predictions and fails beyond the table; here the regressor is asked directly.
// Format: vidur/profiling (microsoft/vidur).
import { CsvTable } from '../../csv.js'
import { ServingError } from '../../errors.js'
import type { VidurModel } from './catalogue.js'
import type { VidurOperators } from './predictor.js'
import { fitMonotone } from './regression/monotone.js'
import { fitPolynomial } from './regression/polynomial.js'
import { fitRandomForest } from './regression/random-forest.js'
import type { Fit, Regressor } from './regression/regressor.js'

/** A file: its name, for errors, and its text. */
export interface ProfileFile {
  source: string
  text: string
}

export interface VidurProfiles {
  mlp: ProfileFile
  attention: ProfileFile
  /** Needed for tensor parallelism. */
  allReduce?: ProfileFile
  /** Needed for pipelines. */
  sendReceive?: ProfileFile
  /** CPU times; left out, CPU costs nothing. */
  cpuOverhead?: ProfileFile
}

export interface ProfileOptions {
  tensorParallel: number
  pipelineStages: number
  blockSize: number
  /** Devices of a node; a larger world sends between nodes. */
  devicesPerNode?: number
  /** `monotone` interpolates and never decreases; the others are Vidur's. Default `monotone`. */
  regressor?: keyof typeof REGRESSORS
  /** Name in cpu_overheads.csv. */
  modelName?: string
}

/** Vidur's forest, at the middle of its search grid. */
const FOREST = { trees: 250, maxDepth: 16, minSamplesSplit: 2 }

const REGRESSORS = {
  monotone: fitMonotone,
  random_forest: fitRandomForest(FOREST),
  linear_regression: fitPolynomial,
} satisfies Record<string, Fit>

/**
 * Learns operator times from profiles.
 * @throws ServingError `invalid_profile` if no row fits the model and the parallelism
 */
export function vidurOperators(
  profiles: VidurProfiles,
  model: VidurModel,
  options: ProfileOptions,
): VidurOperators {
  const { tensorParallel, pipelineStages } = options
  const fit = REGRESSORS[options.regressor ?? 'monotone']

  const mlp = select(profiles.mlp, {
    n_head: model.queryHeads,
    n_kv_head: model.kvHeads,
    n_embd: model.hidden,
    n_expanded_embd: model.mlpHidden,
    vocab_size: model.vocabulary,
    num_tensor_parallel_workers: tensorParallel,
  })
  const perToken = (op: string) => mlp.fit(fit, ['num_tokens'], `time_stats.${op}.median`)
  const attention = select(profiles.attention, {
    n_embd: model.hidden,
    n_q_head: model.queryHeads,
    n_kv_head: model.kvHeads,
    block_size: options.blockSize,
    num_tensor_parallel_workers: tensorParallel,
  })
  const decode = attention
    .where((row) => attention.number(row, 'prefill_chunk_size') === 0)
    .fit(fit, ['batch_size', 'kv_cache_size'], 'time_stats.attn_decode.median')
  const chunks = attention.where((row) => attention.number(row, 'prefill_chunk_size') > 0)
  const prefill = chunks.fit(
    fit,
    ['kv_cache_size', 'prefill_chunk_size'],
    'time_stats.attn_prefill.median',
    ([kv, chunk]) => [kv!, chunk! ** 2],
  )
  const save = attention.fit(
    fit,
    ['prefill_chunk_size', 'batch_size'],
    'time_stats.attn_kv_cache_save.median',
    ([chunk, batch]) => [Math.max(chunk!, batch!)],
  )

  const perSize = (profile: ProfileFile | undefined, name: string, where: Row): Regressor => {
    if (profile === undefined) {
      throw new ServingError('invalid_profile', `no ${name} profile was given; name its file`)
    }
    return select(profile, where).fit(fit, ['size'], `time_stats.${name}.median`, ([size]) => [
      size! / model.hidden / 2,
    ])
  }
  const multiNode = tensorParallel * pipelineStages > (options.devicesPerNode ?? Infinity)
  const allReduce =
    tensorParallel > 1
      ? perSize(profiles.allReduce, 'all_reduce', {
          collective: 'all_reduce',
          num_workers: tensorParallel,
          devices_per_node: tensorParallel,
        })
      : () => 0
  const sendReceive =
    pipelineStages > 1
      ? perSize(profiles.sendReceive, 'send_recv', {
          collective: 'send_recv',
          devices_per_node: multiNode ? 1 : 2,
        })
      : () => 0

  return {
    attentionPreProjection: perToken('attn_pre_proj'),
    attentionPostProjection: perToken('attn_post_proj'),
    rope: perToken('attn_rope'),
    kvCacheSave: save,
    inputNorm: perToken('input_layernorm'),
    postAttentionNorm: perToken('post_attention_layernorm'),
    mlpUp: perToken('mlp_up_proj'),
    mlpDown: perToken('mlp_down_proj'),
    mlpActivation: perToken('mlp_act'),
    add: perToken('add'),
    attentionDecode: decode,
    attentionPrefill: (kv, chunk) => prefill(kv, chunk ** 2),
    allReduce,
    sendReceive,
    ...cpuOverhead(profiles.cpuOverhead, fit, options),
  }
}

function cpuOverhead(
  profile: ProfileFile | undefined,
  fit: Fit,
  { tensorParallel, modelName }: ProfileOptions,
): Pick<VidurOperators, 'cpuOverhead'> {
  if (profile === undefined) return {}
  const rows = select(profile, {
    tensor_parallel_degree: tensorParallel,
    ...(modelName === undefined ? {} : { model_name: modelName }),
  })
  const parts = [
    'schedule_median',
    'sampler_e2e_median',
    'prepare_inputs_e2e_median',
    'process_model_outputs_median',
    'ray_comm_time_mean',
  ].map((column) => rows.fit(fit, ['batch_size'], column))
  return { cpuOverhead: (batchSize) => parts.reduce((sum, part) => sum + part(batchSize), 0) }
}

type Row = Record<string, number | string>

/** Rows of a profile. */
class Selection {
  constructor(
    private readonly table: CsvTable,
    private readonly rows: readonly number[],
  ) {}

  number(row: number, column: string): number {
    return this.table.number(row, column)
  }

  where(keep: (row: number) => boolean): Selection {
    return new Selection(this.table, this.rows.filter(keep))
  }

  /** Learns a column; one that was not profiled costs nothing, as in Vidur. */
  fit(
    fit: Fit,
    features: readonly string[],
    target: string,
    map: (values: number[]) => number[] = (values) => values,
  ): Regressor {
    if (!this.table.has(target)) return () => 0
    const xs: number[][] = []
    const ys: number[] = []
    for (const row of this.rows) {
      const y = this.table.number(row, target)
      if (Number.isNaN(y)) continue
      xs.push(map(features.map((feature) => this.table.number(row, feature))))
      ys.push(y)
    }
    if (ys.length === 0) {
      throw new ServingError('invalid_profile', `no row has ${target}`, {
        source: this.table.source,
      })
    }
    const regressor = fit(xs, ys)
    return (...point) => Math.max(0, regressor(...point))
  }
}

function select({ source, text }: ProfileFile, where: Row): Selection {
  const table = CsvTable.parse(text, source)
  const rows: number[] = []
  for (let row = 0; row < table.length; row++) {
    const fits = Object.entries(where).every(([column, value]) =>
      typeof value === 'number'
        ? table.number(row, column) === value
        : table.text(row, column) === value,
    )
    if (fits) rows.push(row)
  }
  if (rows.length === 0) {
    const wanted = Object.entries(where).map(([column, value]) => `${column} ${value}`)
    throw new ServingError('invalid_profile', `no row with ${wanted.join(', ')}`, { source })
  }
  return new Selection(table, rows)
}
