// A large trace of a kind, written from a recipe: nothing of it was measured.
//
//   node bench/make-trace.mjs KIND KERNELS OUT.json.gz [--uneven]
//
// --uneven draws each kernel's duration and start (1 to 7.9 µs, up to 2 µs late), as in a measured trace no two are the
// same: columns of equal numbers would pack to nothing.
// Kinds: kernels (a launch and a kernel each), operators (and an operator with shapes before each), python
// (and 15 Python frames around each), nccl (every second kernel is a collective), graphs (a launch of a CUDA
// graph for every 200 kernels). `operators 250000` is 303 MB of JSON, 1.2 GB is `operators 1000000`.
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

const KINDS = ['kernels', 'operators', 'python', 'nccl', 'graphs']
const [kind, kernels, output, spread] = process.argv.slice(2)
if (output === undefined || !KINDS.includes(kind) || ![undefined, '--uneven'].includes(spread)) {
  console.error(
    `usage: node bench/make-trace.mjs ${KINDS.join('|')} KERNELS OUT.json.gz [--uneven]`,
  )
  process.exit(2)
}

const NAMES = [
  'nvjet_tst_128x256_64x4_2x1_v_bz_coopA_TNT',
  'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<c10::BFloat16>, std::array<char*, 3ul> >(int, at::native::CUDAFunctor_add<c10::BFloat16>, std::array<char*, 3ul>)',
  'void at::native::(anonymous namespace)::vectorized_layer_norm_kernel<c10::BFloat16, float>(int, float, c10::BFloat16 const*, c10::BFloat16 const*, c10::BFloat16 const*, float*, float*, c10::BFloat16*)',
]
const OPERATORS = ['aten::mm', 'aten::add', 'aten::native_layer_norm']
const COLLECTIVE = 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)'
const SHAPES = 64
const STEP_US = 10
const BASE_US = 3_037_610_514_000

/** Numbers below 1, always the same: the generator of Numerical Recipes. */
let state = 1
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** Times of a kernel after its place in the trace and its duration, both in µs. */
const timesOf =
  spread === undefined
    ? () => ({ late: 0, duration: 7.5 })
    : () => ({ late: 2 * random(), duration: 1 + 6.9 * random() ** 2 })

const us = (value) => value.toFixed(3)
const rowsOf = (n) => 64 * (1 + (n % SHAPES))

function operatorEvent(n, ts) {
  const rows = rowsOf(n)
  const which = n % 3
  const dims =
    which === 0 ? `[[${rows}, 4096], [4096, 4096]]` : `[[${rows}, 4096], [${rows}, 4096], []]`
  const types =
    which === 0
      ? '["c10::BFloat16", "c10::BFloat16"]'
      : '["c10::BFloat16", "c10::BFloat16", "Scalar"]'
  const strides = which === 0 ? '[[4096, 1], [1, 4096]]' : '[[4096, 1], [4096, 1], []]'
  const concrete = which === 0 ? '["", ""]' : '["", "", "1"]'
  return `{"ph": "X", "cat": "cpu_op", "name": "${OPERATORS[which]}", "pid": 4242, "tid": 4242, "ts": ${us(ts)}, "dur": 4.200, "args": {"External id": ${n + 1}, "Record function id": 0, "Concrete Inputs": ${concrete}, "Input type": ${types}, "Input Strides": ${strides}, "Input Dims": ${dims}, "Ev Idx": ${n}}}`
}

function launchEvent(n, ts, name) {
  return `{"ph": "X", "cat": "cuda_runtime", "name": "${name}", "pid": 4242, "tid": 4242, "ts": ${us(ts)}, "dur": 2.100, "args": {"External id": ${n + 1}, "cbid": 211, "correlation": ${n + 1}}}`
}

function kernelEvent(n, correlation, ts, graph) {
  const isCollective = kind === 'nccl' && n % 2 === 1
  const name = isCollective ? COLLECTIVE : NAMES[n % 3]
  const { late, duration } = timesOf()
  const more = isCollective
    ? `, "Collective name": "allreduce", "In msg nelems": ${rowsOf(n) * 4096}, "Out msg nelems": ${rowsOf(n) * 4096}, "Group size": 8, "dtype": "BFloat16", "Process Group Name": "0"`
    : graph
      ? `, "graph node id": ${n % 200}`
      : ''
  return `{"ph": "X", "cat": "kernel", "name": ${JSON.stringify(name)}, "pid": 0, "tid": 7, "ts": ${us(ts + late)}, "dur": ${us(duration)}, "args": {"External id": ${correlation + 1}, "queued": 0, "device": 0, "context": 1, "stream": 7, "correlation": ${correlation + 1}, "registers per thread": 168, "shared memory": 232448, "blocks per SM": 1.000000, "warps per SM": 12.000000, "grid": [${1 + (n % SHAPES)}, 16, 1], "block": [384, 1, 1], "est. achieved occupancy %": 19${more}}}`
}

function frameEvents(n, ts) {
  return Array.from(
    { length: 15 },
    (_, i) =>
      `{"ph": "X", "cat": "python_function", "name": "model/layer_${n % 32}.py(${100 + i}): forward_${i}", "pid": 4242, "tid": 4242, "ts": ${us(ts - 0.1 * (15 - i))}, "dur": ${us(8 + 0.2 * (15 - i))}, "args": {"Python parent id": ${15 * n + i}, "Python id": ${15 * n + i + 1}, "Ev Idx": ${15 * n + i}}}`,
  )
}

function* events() {
  for (let n = 0; n < Number(kernels); n++) {
    const ts = BASE_US + n * STEP_US
    if (kind === 'python') yield* frameEvents(n, ts)
    if (kind !== 'kernels' && kind !== 'graphs') yield operatorEvent(n, ts)
    if (kind === 'graphs') {
      if (n % 200 === 0) yield launchEvent(n, ts + 1, 'cudaGraphLaunch')
      yield kernelEvent(n, n - (n % 200), ts + 20, true)
    } else {
      yield launchEvent(n, ts + 1, 'cudaLaunchKernel')
      yield kernelEvent(n, n, ts + 20, false)
    }
  }
}

function* parts() {
  yield `{"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3", "totalGlobalMem": 85028765696, "computeMajor": 9, "computeMinor": 0, "numSms": 132}], "baseTimeNanoseconds": 1751410836000000000, "traceEvents": [\n`
  let batch = []
  let isFirst = true
  for (const event of events()) {
    batch.push(event)
    if (batch.length < 1000) continue
    yield (isFirst ? '' : ',\n') + batch.join(',\n')
    isFirst = false
    batch = []
  }
  if (batch.length > 0) yield (isFirst ? '' : ',\n') + batch.join(',\n')
  yield '\n]}\n'
}

await pipeline(Readable.from(parts()), createGzip({ level: 1 }), createWriteStream(output))
