// Makes the calibration profiles of the package from the measured rows of the test corpus.
//
//   FLOWSIM_CORPUS=… node scripts/calibrate.mjs [gemm] [gemm-eager] [attention] [mla] [moe] [collective] [pointwise]
//
// Needs the built package (pnpm run build) and about ten minutes of one core for all of them. The same rows
// give the same bytes.
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { calibrate, findHardware, measuredRow } from '../dist/index.js'

const corpus =
  process.env.FLOWSIM_CORPUS ?? new URL('../../../../shared/data', import.meta.url).pathname
const profiles = new URL('../profiles/', import.meta.url)

const AICONFIGURATOR = {
  name: 'ai-dynamo/aiconfigurator, systems/data',
  licence: 'Apache-2.0, NVIDIA',
  measured:
    'TensorRT-LLM 1.0.0 to 1.3.0rc20, SGLang 0.5.10 to 0.5.14, vLLM 0.14 to 0.24, NCCL 2.27 to 2.29',
}
const VIDUR = {
  name: 'microsoft/vidur, data/profiling',
  licence: 'MIT',
  measured: 'PyTorch kernels, 2024',
}
const NEUSIGHT = {
  name: 'sitar-lab/NeuSight, scripts/asplos/data',
  licence: 'MIT, Georgia Tech and Microsoft',
  measured: 'PyTorch fp32 kernels, 2024',
}

/** What each profile is made of. `order` lists sources, the preferred first. */
const PROFILES = {
  gemm: {
    files: [['gemm', 'gemm']],
    sources: [AICONFIGURATOR],
    order: ['sglang', 'trtllm'],
  },
  'gemm-eager': {
    files: [
      ['gemm_fp16_vidur', 'gemm_fp16'],
      ['gemm_fp32_neusight', 'gemm_fp32'],
    ],
    sources: [VIDUR, NEUSIGHT],
    order: ['vidur', 'neusight'],
    trees: 64,
  },
  attention: {
    files: [
      ['attention_context', 'attention_context'],
      ['attention_generation', 'attention_generation'],
    ],
    sources: [AICONFIGURATOR],
    order: [
      'sglang/fa3',
      'sglang/trtllm_mha',
      'sglang/flash_attention',
      'sglang/flashinfer',
      'sglang/triton',
    ],
  },
  mla: {
    files: [['mla', 'mla']],
    sources: [AICONFIGURATOR],
    order: ['trtllm', 'sglang', 'vllm'],
  },
  moe: {
    files: [['moe', 'moe']],
    sources: [AICONFIGURATOR],
    order: [
      'trtllm/moe_torch_flow_cutlass',
      'trtllm/deepgemm',
      'sglang/sglang_fused_moe_triton',
      'sglang/sglang_marlin_moe',
      'trtllm/moe_torch_flow',
    ],
    byDevice: true,
  },
  collective: {
    files: [
      ['nccl', 'nccl'],
      ['allreduce_custom', 'allreduce_custom'],
      ['collectives_vidur', 'collectives'],
    ],
    sources: [AICONFIGURATOR, VIDUR],
    order: ['nccl', 'trtllm', 'vllm/vLLM_custom_graph', 'sglang/SGLang_CustomAllReduce_graph'],
  },
  pointwise: {
    files: [['elementwise', 'elementwise']],
    sources: [VIDUR, AICONFIGURATOR, NEUSIGHT],
    order: ['vidur', 'aiconfigurator', 'neusight'],
    trees: 48,
  },
}

const chosen = process.argv.slice(2)
for (const [name, recipe] of Object.entries(PROFILES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const rows = recipe.files.flatMap(([file, op]) => read(file, op))
  const parts = recipe.byDevice
    ? groupBy(rows, ({ hardware }) => hardware.name)
    : new Map([['', rows]])
  for (const [device, part] of parts) {
    const title = device === '' ? name : `${name}-${device}`
    const { profile } = calibrate(part, {
      name: title,
      version: '1',
      created: '2026-01',
      sources: recipe.sources,
      fromBuiltIn: false,
      ...(recipe.trees && { trees: recipe.trees }),
      onSection: report,
    })
    profile.sections.sort((a, b) => place(recipe.order, a) - place(recipe.order, b))
    writeFileSync(new URL(`${title}.json`, profiles), `${JSON.stringify(profile)}\n`)
  }
}

function groupBy(items, key) {
  const groups = new Map()
  for (const item of items) {
    const found = groups.get(key(item))
    if (found === undefined) groups.set(key(item), [item])
    else found.push(item)
  }
  return groups
}

function place(order, { source }) {
  const found = order.findIndex((wanted) => source === wanted || source.startsWith(`${wanted}/`))
  return found < 0 ? order.length : found
}

function read(file, op) {
  const path = `${corpus}/measured/calibration/${file}.csv.gz`
  const [header, ...lines] = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    const row = measuredRow(op, Object.fromEntries(names.map((name, i) => [name, values[i]])))
    return { ...row, hardware: findHardware(row.gpu) }
  })
}

function report({ family, kind, source, devices, rows, sites, after }) {
  const percent = (share) => `${(100 * share).toFixed(2)} %`
  process.stderr.write(
    `${family} ${kind} ${source} ${devices.join(' ')}: ${rows} rows, ${sites} sites, held out ${percent(after.mape)}\n`,
  )
}
