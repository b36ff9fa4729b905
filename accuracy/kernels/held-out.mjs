// Tables of rows that were held out from fitting.
import { readdirSync, readFileSync } from 'node:fs'
import { createCalibrated, measuredRow } from '@flowsim/calibration'
import { PerfModelError, roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { foldOf, readTable } from '../../packages/calibration/scripts/corpus.mjs'
import { markdown, percent, Tally, whole } from './table.mjs'

const files = new Map()
const table = (file) => {
  if (!files.has(file)) files.set(file, readTable(file))
  return files.get(file)
}
const of = (dtype) => (row) => row.dtype === dtype
const bf16 = of('bfloat16')
const on =
  (gpu, also = () => true) =>
  (row) =>
    row.gpu === gpu && also(row)
const fa3 = (row) => row.gpu === 'h100_sxm'

/** [label, target, file, operation, rows, fold, profiles]; profiles: device or operation left away. */
const ROWS = [
  ['GEMM bf16 H100, new shapes', 0.045, 'gemm', 'gemm', on('h100_sxm', bf16), 'm'],
  ['GEMM bf16 H100, new sites', 0.055, 'gemm', 'gemm', on('h100_sxm', bf16), 's'],
  ['GEMM bf16 A100, new shapes', null, 'gemm', 'gemm', on('a100_sxm', bf16), 'm'],
  ['GEMM bf16 A100, new sites', 0.065, 'gemm', 'gemm', on('a100_sxm', bf16), 's'],
  ['GEMM bf16 L40S, new shapes', null, 'gemm', 'gemm', on('l40s', bf16), 'm'],
  ['GEMM bf16 L40S, new sites', 0.1, 'gemm', 'gemm', on('l40s', bf16), 's'],
  ['GEMM bf16 RTX PRO 6000, new sites', null, 'gemm', 'gemm', on('rtx_pro_6000_server', bf16), 's'],
  ['GEMM fp8 H100, new sites', 0.06, 'gemm', 'gemm', on('h100_sxm', (r) => r.dtype === 'fp8'), 's'],
  [
    'GEMM fp8 block-scaled H100, new sites',
    null,
    'gemm',
    'gemm',
    on('h100_sxm', (r) => r.dtype === 'fp8_block'),
    's',
  ],
  [
    'GEMM nvfp4 RTX PRO 6000, new sites',
    null,
    'gemm',
    'gemm',
    on('rtx_pro_6000_server', (r) => r.dtype === 'nvfp4'),
    's',
  ],
  ['context attention H100, new shapes', 0.08, 'attention_context', 'attention_context', fa3, 'm'],
  ['context attention H100, new sites', 0.08, 'attention_context', 'attention_context', fa3, 's'],
  [
    'generation attention H100, new shapes',
    0.07,
    'attention_generation',
    'attention_generation',
    fa3,
    'm',
  ],
  [
    'generation attention H100, new sites',
    0.07,
    'attention_generation',
    'attention_generation',
    fa3,
    's',
  ],
  [
    'context attention, all GPUs, new sites',
    null,
    'attention_context',
    'attention_context',
    () => true,
    's',
  ],
  [
    'generation attention, all GPUs, new sites',
    null,
    'attention_generation',
    'attention_generation',
    () => true,
    's',
  ],
  ['latent attention (MLA), all GPUs, new shapes', null, 'mla', 'mla', () => true, 'm'],
  ['MoE H100, new shapes', null, 'moe', 'moe', on('h100_sxm'), 'm'],
  ['MoE H100, eight models left out at once', null, 'moe', 'moe', on('h100_sxm'), 's'],
  ['MoE, all GPUs, eight models left out at once', null, 'moe', 'moe', () => true, 's'],
  ['NCCL, all GPUs, new sizes', 0.09, 'nccl', 'nccl', () => true, 'm'],
  [
    'custom all-reduce, all GPUs, new sizes',
    null,
    'allreduce_custom',
    'allreduce_custom',
    () => true,
    'm',
  ],
  [
    'NCCL and copies of Vidur, new sizes',
    null,
    'collectives_vidur',
    'collectives',
    () => true,
    'm',
  ],
  [
    'norms, activations, rotations (Vidur A100)',
    0.08,
    'elementwise',
    'elementwise',
    on('a100_sxm', (r) => r.source === 'vidur'),
    'm',
  ],
  [
    'norms, activations, rotations (Vidur H100)',
    null,
    'elementwise',
    'elementwise',
    on('h100_sxm', (r) => r.source === 'vidur'),
    'm',
  ],
  [
    'fp8 quantisation, all GPUs',
    null,
    'elementwise',
    'elementwise',
    (r) => r.source === 'aiconfigurator',
    'm',
  ],
  [
    'fp32 elementwise, norms, softmax (NeuSight)',
    null,
    'elementwise',
    'elementwise',
    (r) => r.source === 'neusight',
    'm',
  ],
  [
    'GEMM fp16 eager A100 (Vidur), new sites',
    null,
    'gemm_fp16_vidur',
    'gemm_fp16',
    on('a100_sxm'),
    's',
  ],
  ['GEMM fp32 (NeuSight), new shapes', null, 'gemm_fp32_neusight', 'gemm_fp32', () => true, 'm'],
  ['GEMM bf16 H200, new sites', 0.035, '2/gemm', 'gemm', on('h200_sxm', bf16), 's'],
  ['GEMM bf16 B200, new sites', 0.045, '2/gemm', 'gemm', on('b200_sxm', bf16), 's'],
  ['GEMM nvfp4 B200, new sites', 0.06, '2/gemm', 'gemm', on('b200_sxm', of('nvfp4')), 's'],
  [
    'GEMM fp8 block MI300X, new sites',
    0.08,
    '2/gemm_amd',
    'gemm',
    on('mi300x', of('fp8_block')),
    's',
  ],
  [
    'GEMM fp8 block MI355X, new sites',
    0.1,
    '2/gemm_amd',
    'gemm',
    on('mi355x', of('fp8_block')),
    's',
  ],
  ['GEMM bf16 MI355X, new shapes', 0.15, '2/gemm_amd', 'gemm', on('mi355x', bf16), 'm'],
  ['GEMM bf16 MI355X, new sites', 0.15, '2/gemm_amd', 'gemm', on('mi355x', bf16), 's'],
  ['batched GEMM of MLA, all GPUs, new shapes', 0.12, '2/mla_bmm', 'mla_bmm', () => true, 'm'],
  [
    'encoder attention, all GPUs, new sites',
    0.08,
    '2/attention_encoder',
    'attention_encoder',
    () => true,
    's',
  ],
  [
    'context attention H200, new sites',
    0.05,
    '2/attention_context',
    'attention_context',
    () => true,
    's',
  ],
  [
    'generation attention H200, new sites',
    0.03,
    '2/attention_generation',
    'attention_generation',
    () => true,
    's',
  ],
  ['MoE H200, models left out at once', 0.09, '2/moe', 'moe', () => true, 's'],
  ['MoE H200, new shapes', 0.09, '2/moe', 'moe', () => true, 'm'],
  ['NCCL all-to-all, all GPUs, new sizes', 0.08, '2/nccl', 'nccl', (r) => r.op === 'alltoall', 'm'],
  [
    'NCCL reduce-scatter, all GPUs, new sizes',
    0.06,
    '2/nccl',
    'nccl',
    (r) => r.op === 'reduce_scatter',
    'm',
  ],
  [
    'collectives of torch.distributed, new sizes',
    null,
    '2/collectives_torch',
    'collectives',
    () => true,
    'm',
  ],
]

/** The same for devices and operations whose rows no profile has seen. */
const UNSEEN = [
  ['GEMM bf16 H100 from H200 and others', 'gemm', 'gemm', on('h100_sxm', bf16), 'h100_sxm'],
  [
    'GEMM bf16 A100 from H100, L40S, RTX PRO 6000',
    'gemm',
    'gemm',
    on('a100_sxm', (r) => bf16(r) && r.framework === 'sglang'),
    'a100_sxm',
  ],
  ['GEMM bf16 L40S from the others', 'gemm', 'gemm', on('l40s', bf16), 'l40s'],
  [
    'GEMM bf16 RTX PRO 6000 from the others',
    'gemm',
    'gemm',
    on('rtx_pro_6000_server', bf16),
    'rtx_pro_6000_server',
  ],
  [
    'GEMM fp8 H100 from H200 and others',
    'gemm',
    'gemm',
    on('h100_sxm', (r) => r.dtype === 'fp8'),
    'h100_sxm',
  ],
  [
    'MoE bf16, fp8 B200 from H100 and others',
    'moe',
    'moe',
    on('b200_sxm', (r) => /^(bfloat16|fp8)$/.test(r.dtype)),
    'b200_sxm',
  ],
  [
    'MoE bf16, fp8 H100 from H200 and others',
    'moe',
    'moe',
    on('h100_sxm', (r) => /^(bfloat16|fp8)$/.test(r.dtype)),
    'h100_sxm',
  ],
  [
    'context attention GB200, GB300 from B200, B300',
    'attention_context',
    'attention_context',
    (r) => /^gb/.test(r.gpu),
    'unseen',
  ],
  [
    'generation attention GB200, GB300 from B200, B300',
    'attention_generation',
    'attention_generation',
    (r) => /^gb/.test(r.gpu),
    'unseen',
  ],
  [
    'context attention H100 (FA3) from A100, B200, L40S',
    'attention_context',
    'attention_context',
    (r) => fa3(r) && r.kernel_source === 'fa3',
    'unseen',
  ],
  [
    'generation attention H100 (FA3) from A100, B200, L40S',
    'attention_generation',
    'attention_generation',
    (r) => fa3(r) && r.kernel_source === 'fa3',
    'unseen',
  ],
  [
    'NCCL H100, GB200, GB300, sizes of all',
    'nccl',
    'nccl',
    (r) => /^(gb|h100)/.test(r.gpu) && r.op === 'all_reduce',
    'unseen',
  ],
  [
    'NCCL all-gather from all-reduce',
    'nccl',
    'nccl',
    (r) => r.op === 'all_gather' && !/^(gb|h100)/.test(r.gpu),
    'unseen',
  ],
]

/** The tables `held-out` and `unseen` of the page. */
export async function heldOutTables(folder) {
  const profiles = read(folder)
  const model = createCalibrated({ profiles, builtIn: false })
  const models = new Map()
  const modelWithout = (name) => {
    if (!models.has(name)) {
      const left =
        name === 'unseen' ? read(`${folder}/unseen`) : profiles.map((p) => without(p, name))
      models.set(name, createCalibrated({ profiles: left, builtIn: false }))
    }
    return models.get(name)
  }
  const held = ROWS.map(([label, target, file, op, keep, fold]) => {
    const rows = table(file).filter((row) => keep(row) && foldOf(op, row) === fold)
    return line(label, target, rows, op, model)
  })
  const unseen = UNSEEN.map(([label, file, op, keep, without]) => {
    const rows = table(file).filter((row) => keep(row))
    return line(label, null, rows, op, modelWithout(without))
  })
  return {
    'held-out': markdown(HEADER, held),
    unseen: markdown(
      HEADER.toSpliced(1, 1),
      unseen.map((cells) => cells.toSpliced(1, 1)),
    ),
  }
}

const HEADER = [
  'rows held out',
  'target',
  'calibrated',
  'median',
  'p90',
  'p99',
  'bias',
  'in p10–p90',
  'roofline',
  'rows',
]

function line(label, target, rows, op, model) {
  const tallies = { ours: new Tally(), plain: new Tally(), unanswered: 0 }
  tally(rows, op, model, tallies)
  return cellsOf(label, target, tallies)
}

function tally(rows, op, model, tallies) {
  for (const row of rows) {
    const { call, options, latencyUs, gpu } = measuredRow(op, row)
    const hardware = findHardware(gpu)
    const measured = latencyUs / 1e6
    try {
      const { latencyS, p10S, p90S } = model.estimate(call, hardware, options)
      tallies.ours.add(latencyS, measured, p10S, p90S)
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      tallies.unanswered++
    }
    if (roofline.supports(call, hardware, options)) {
      tallies.plain.add(roofline.estimate(call, hardware, options).latencyS, measured)
    }
  }
}

function cellsOf(label, target, { ours, plain, unanswered }) {
  const cells = [
    label,
    target === null ? '' : `≤ ${percent(target)}`,
    percent(ours.mape),
    percent(ours.quantile(0.5)),
    percent(ours.quantile(0.9)),
    percent(ours.quantile(0.99)),
    percent(ours.bias),
    percent(ours.coverage, 0),
    percent(plain.mape, 0),
    unanswered === 0 ? whole(ours.count) : `${whole(ours.count)} (${whole(unanswered)} unanswered)`,
  ]
  process.stderr.write(`${cells.join('  ')}\n`)
  return cells
}

function read(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')))
    .sort((a, b) => order(a) - order(b))
}

// As the package reads its own.
const ORDER = [
  'gemm-h100_sxm',
  'gemm-h200_sxm',
  'gemm-b200_sxm',
  'gemm-',
  'attention',
  'mla',
  'moe-h100',
]
const order = ({ name }) => {
  const found = ORDER.findIndex((start) => name.startsWith(start))
  return name === 'gemm-eager' || found < 0 ? ORDER.length : found
}

function without(profile, device) {
  const sections = profile.sections.filter(
    ({ devices }) => !devices.some(({ name }) => name === device),
  )
  return { ...profile, sections }
}
