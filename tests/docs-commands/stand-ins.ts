// Files that pages of the documents name as the reader's: small ones that the commands can really read.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { CALLS, executionTraceText } from '../../packages/parser/src/testing/execution-trace.js'

/** Small traces: what else than {@link SMALL} `flowsim synth` is asked for, and the names of what comes out. */
const TRACES: readonly { options?: string; as: readonly string[] }[] = [
  { options: '--tp 2 --rank 0', as: ['trace.json.gz', 'rank0.json.gz', 'profile-TP-0.json.gz'] },
  { options: '--tp 2 --rank 1', as: ['rank1.json.gz', 'profile-TP-1.json.gz'] },
  { options: '--seed 2', as: ['after.json.gz'] },
  { as: ['before.json.gz', 'main.json.gz', 'branch.json.gz', 'capture_traces/bs4.json.gz'] },
  { options: '--cuda-graphs', as: ['decode.json.gz'] },
]

const SMALL = '--model llama-3.1-8b --layers 2 --batch 4 --isl 64 --osl 2'

const DEPLOYMENT = `
workload:
  type: synthetic
  requests: 24
  arrival: { process: poisson, ratePerS: 8 }
  inputTokens: 800
  outputTokens: 8
stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm }
`

const WHAT_IF = `
scenarios:
  - name: attention twice as fast
    changes:
      - { do: scale, factor: 0.5, match: { family: attention } }
`

const TP4 = `
scenarios:
  - name: four H100
    changes:
      - { do: tensor-parallel, to: 4, on: h100_sxm/calibrated }
`

const GEMM_ROWS = [64, 256, 1024, 4096].map(
  (m) => `h100_sxm,bfloat16,${m},4096,4096,${10 + m / 22}`,
)
const GEMM = `${['gpu,dtype,m,n,k,latency_us', ...GEMM_ROWS].join('\n')}\n`

/** A kernel that no rule knows, as `unknown-kernels.json` has it once it is completed. */
const completed = (dimensions: object) =>
  JSON.stringify({
    schema: 'flowsim.unknown-kernels/1',
    source: 'trace.json',
    kernels: [
      {
        kernel: 'void acme::turbo_x3<__nv_bfloat16, 128>(__nv_bfloat16*)',
        operator: 'acme::turbo_linear',
        count: 2,
        timeNs: 28_000,
        inputs: [
          { shape: [512, 512], dtype: 'bf16' },
          { shape: [1024, 512], dtype: 'bf16' },
        ],
        scalars: ['7'],
        grid: [128, 1, 1],
        block: [128, 1, 1],
        op: 'matmul',
        dimensions,
        note: '',
      },
    ],
  })

const KERNELS = JSON.stringify({
  schema: 'flowsim.kernel-database/1',
  kernels: [
    { kernel: 'void acme::*', op: 'copy' },
    { kernel: 'void acme::*', op: 'copy' },
    { kernel: 'void acme::zzz*', op: 'gelu' },
  ],
})

/** What every page finds in its folder. */
const TEXTS: Readonly<Record<string, string | Uint8Array>> = {
  'deployment.yaml': DEPLOYMENT,
  'what-if.yaml': WHAT_IF,
  'tp4.yaml': TP4,
  'gemm.csv': GEMM,
  'gemm.csv.gz': gzipSync(GEMM),
  'et.json': executionTraceText(CALLS),
  'kernels.csv': 'index,predicted_us\n0,10\n',
  'mine.json': KERNELS,
  'unknown-kernels.json': completed({
    m: 'inputs[0].shape[0]',
    n: 'inputs[1].shape[0]',
    k: 'inputs[0].shape[1]',
    dtype: 'inputs[0].dtype',
  }),
  'incomplete.json': completed({ m: 'inputs[0].shape[0]', n: 'inputs[1].shape[0]' }),
}

/** Folders of the repository that pages name as they lie in a clone. */
const CLONE = ['accuracy', 'examples', 'packages', 'python', 'scripts']

/** Fills a folder. `flowsim` is the command. */
export function layOut(folder: string, flowsim: string): void {
  mkdirSync(join(folder, 'capture_traces'))
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(folder, name), text)
  for (const name of CLONE) symlinkSync(resolve(name), join(folder, name))
  for (const { options = '', as } of TRACES) {
    const [first, ...others] = as.map((name) => join(folder, name))
    const words = `synth ${SMALL} ${options}`.trim().split(' ')
    execFileSync(flowsim, [...words, '-o', first!], { stdio: 'ignore' })
    for (const other of others) copyFileSync(first!, other)
  }
  const trace = readFileSync(join(folder, 'trace.json.gz'))
  writeFileSync(join(folder, 'broken.json.gz'), trace.subarray(0, trace.length / 2))
  writeFileSync(join(folder, 'trace.json'), gunzipSync(trace))
}
