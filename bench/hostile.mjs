// Whether the cost of a command stays in proportion to files whose events lie as nobody meant them to: all at one
// time, each within the one before, each on a stream or thread of its own.
//
//   node bench/hostile.mjs                         every shape, `parse`, `analyze`, `replay`, `run`
//   node bench/hostile.mjs nested --events 20000   shapes whose name holds the word, with so many events
//
// Four times the events may take MOST times the CPU seconds beyond start-up (sorting and caches take their part); what
// takes more fails, as does what runs for longer than LIMIT_S. Below LEAST_S a growth says nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureNode } from './lib/measure.mjs'

const MOST = 7
const LEAST_S = 0.4
const LIMIT_S = 120
const flowsim = fileURLToPath(new URL('../apps/cli/dist/flowsim.js', import.meta.url))
const { values, positionals } = parseArgs({
  options: {
    events: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'parse,analyze,replay,run' },
  },
  allowPositionals: true,
})
const events = Number(values.events)

const kernel = (i, more = {}, args = {}) => ({
  ph: 'X',
  cat: 'kernel',
  name: `kernel_${i % 50}`,
  pid: 0,
  tid: 7,
  ts: 10 * i,
  dur: 8,
  args: { device: 0, stream: 7, correlation: i + 1, grid: [8, 1, 1], block: [128, 1, 1], ...args },
  ...more,
})
const host = (cat, name, i, more = {}, args = {}) => ({
  ph: 'X',
  cat,
  name,
  pid: 1,
  tid: 1,
  ts: 10 * i,
  dur: 4,
  args,
  ...more,
})
const launch = (i, more = {}) =>
  host('cuda_runtime', 'cudaLaunchKernel', i, more, { correlation: i + 1 })
const each = (n, of) => Array.from({ length: n }, (_, i) => of(i)).flat()
/** The i-th of n spans, each within the one before. */
const within = (i, n) => ({ ts: i, dur: 20 * n - 2 * i })
const collective = { 'Collective name': 'allreduce', dtype: 'BFloat16', 'Group size': 8 }

/** Events by how they lie. */
const SHAPES = {
  'kernels as usual': (n) => each(n, (i) => [launch(i), kernel(i)]),
  'kernels at one time': (n) => each(n, (i) => [launch(i), kernel(i, { ts: 5 })]),
  'kernels nested': (n) => each(n, (i) => [launch(i), kernel(i, within(i, n))]),
  'kernels that overlap': (n) => each(n, (i) => [launch(i), kernel(i, { dur: 10 * n })]),
  'kernels that take no time': (n) => each(n, (i) => [launch(i), kernel(i, { ts: 5, dur: 0 })]),
  'a stream for each kernel': (n) => each(n, (i) => [launch(i), kernel(i, {}, { stream: i })]),
  'a stream for each kernel, side by side': (n) =>
    each(n, (i) => [launch(i), kernel(i, { ts: 100 * n + i, dur: 10 * n }, { stream: i })]),
  'a device for each kernel': (n) => each(n, (i) => [launch(i), kernel(i, {}, { device: i })]),
  'a thread for each launch': (n) => each(n, (i) => [launch(i, { tid: i }), kernel(i)]),
  'a process for each launch': (n) => each(n, (i) => [launch(i, { pid: i }), kernel(i)]),
  'a name for each kernel': (n) =>
    each(n, (i) => [launch(i), kernel(i, { name: `void k${i}<int, ${i}>(float*)` })]),
  'launches at one time': (n) => each(n, (i) => [launch(i, { ts: 5 }), kernel(i)]),
  'launches nested': (n) => each(n, (i) => [launch(i, within(i, n)), kernel(i)]),
  'one launch of all': (n) => [launch(0), ...each(n, (i) => kernel(i, {}, { correlation: 1 }))],
  'a graph of all, at one time': (n) => [
    host('cuda_runtime', 'cudaGraphLaunch', 0, {}, { correlation: 1 }),
    ...each(n, (i) => kernel(i, { ts: 5 + i, dur: n }, { correlation: 1, 'graph node id': i })),
  ],
  'operators nested': (n) => [
    ...each(n, (i) => host('cpu_op', `aten::op_${i % 9}`, i, within(i, n), { 'External id': i })),
    ...each(n, (i) => [launch(i, { ts: n + i }), kernel(i)]),
  ],
  'operators that overlap': (n) =>
    each(n, (i) => [host('cpu_op', 'aten::add', i, { dur: 10 * n }), launch(i), kernel(i)]),
  'Python frames nested': (n) => [
    ...each(n, (i) =>
      host('python_function', `f.py(${i}): g`, i, within(i, n), { 'Python id': i }),
    ),
    ...each(n, (i) => [launch(i, { ts: n + i }), kernel(i)]),
  ],
  'annotations nested': (n) => [
    ...each(n, (i) => host('user_annotation', `step ${i}`, i, within(i, n))),
    ...each(n, (i) => [launch(i, { ts: n + i }), kernel(i)]),
  ],
  'annotations of the device nested': (n) =>
    each(n, (i) => [
      host('gpu_user_annotation', `step ${i}`, i, { pid: 0, tid: 7, ...within(i, n) }),
      launch(i),
      kernel(i),
    ]),
  'steps that overlap': (n) => [
    ...each(n, (i) => host('user_annotation', `ProfilerStep#${i}`, i, { dur: 10 * n })),
    ...each(n, (i) => [launch(i), kernel(i)]),
  ],
  'flows of one number': (n) =>
    each(n, (i) => [
      launch(i),
      { ph: 's', id: 1, pid: 1, tid: 1, ts: 10 * i, cat: 'ac2g', name: 'ac2g' },
      kernel(i),
      { ph: 'f', id: 1, pid: 0, tid: 7, ts: 10 * i, cat: 'ac2g', name: 'ac2g', bp: 'e' },
    ]),
  'a process group for each collective': (n) =>
    each(n, (i) => [
      launch(i),
      kernel(
        i,
        { name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(x)' },
        {
          ...collective,
          'Process Group Name': `${i}`,
          'Process Group Ranks': '[0, 1, 2, 3, 4, 5, 6, 7]',
        },
      ),
    ]),
  'collectives beside kernels': (n) =>
    each(n, (i) => [
      launch(i),
      i % 2 === 0
        ? kernel(i, { dur: 10 * n }, { stream: 7 + (i % 64) })
        : kernel(
            i,
            { dur: 10 * n, name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(x)' },
            { ...collective, stream: 90 + (i % 64) },
          ),
    ]),
  'waits for events': (n) =>
    each(n, (i) => [
      host('cuda_runtime', 'cudaEventRecord', i, { dur: 0 }),
      host('cuda_runtime', 'cudaStreamWaitEvent', i, { ts: 10 * i + 1, dur: 0 }),
      launch(i, { ts: 10 * i + 2, dur: 1 }),
      kernel(i, {}, { stream: 7 + (i % 50) }),
    ]),
  'synchronisations before any kernel ends': (n) => [
    ...each(n, (i) => [
      launch(i),
      host('cuda_runtime', 'cudaDeviceSynchronize', i, { ts: 10 * i + 5, dur: 1 }),
    ]),
    ...each(n, (i) => kernel(i, { ts: 100 * n + 10 * i }, { stream: i % 500 })),
  ],
  'host threads that pause': (n) =>
    each(n, (i) => [launch(i, { ts: 1000 * i, tid: i % 500 }), kernel(i, { ts: 1000 * i + 10 })]),
}

/** `COMMAND FILE` with its outputs into a folder. */
const COMMANDS = {
  parse: (file, out) => ['parse', file, '-o', join(out, 'kernels.csv')],
  analyze: (file) => ['analyze', file],
  replay: (file, out) => ['replay', file, '-o', join(out, 'replay.json')],
  run: (file, out) => ['run', file, '--hardware', 'b200', '-o', join(out, 'run')],
}

/** CPU seconds and memory of each command on a file of a shape. */
function measure(name, n) {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-hostile-'))
  try {
    const file = join(folder, 'trace.json')
    writeFileSync(file, JSON.stringify({ traceEvents: SHAPES[name](n) }))
    return values.only
      .split(',')
      .map((command) => measureNode([flowsim, ...COMMANDS[command](file, folder)], LIMIT_S))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [usual] = Object.keys(SHAPES)
const starts = measure(usual, 8).map(({ cpuS }) => cpuS)
let failed = 0
for (const name of Object.keys(SHAPES).filter((each) => each.includes(positionals[0] ?? ''))) {
  const few = measure(name, events / 4)
  const many = measure(name, events)
  const told = values.only.split(',').map((command, i) => {
    const [small, large] = [few[i], many[i]]
    // What is refused with a reason has an answer; what is stopped has none.
    if (large.why !== undefined) {
      const isStopped = large.why.startsWith('was stopped')
      if (isStopped) failed++
      return `${command} ${isStopped ? `NOT DONE IN ${LIMIT_S} s` : large.why}`
    }
    const most = MOST * Math.max(small.cpuS - starts[i], LEAST_S)
    const isTooMuch = large.cpuS - starts[i] > most
    if (isTooMuch) failed++
    const figures = `${small.cpuS.toFixed(1)} > ${large.cpuS.toFixed(1)} s ${large.peakMiB.toFixed(0)} MiB`
    return `${command} ${figures}${isTooMuch ? ' TOO MUCH' : ''}`
  })
  console.log(`${name}: ${told.join('; ')}`)
}
process.exit(failed > 0 ? 1 : 0)
