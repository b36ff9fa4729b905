// Makes what lies in this folder again, byte for byte: what Accel-Sim's tracer would have left of the program of the
// demo trace, a log of its simulation by the stand-in, and results of serving simulators. Run it from the project's
// root: node examples/external/make.mjs [FOLDER]
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { MANGLED } from './mangled.mjs'
import { servingResults } from './serving-results.mjs'

const DEMO = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'
const HERE = 'examples/external'
/** Launches that were recorded: one of each of the dearest kinds that one device runs alone. */
const RECORDED = 8
const INSTRUCTIONS_A_WARP = 256

const out = process.argv[2] ?? HERE
const write = (path, text) => {
  mkdirSync(dirname(join(out, path)), { recursive: true })
  writeFileSync(join(out, path), text)
}

const launches = JSON.parse(gunzipSync(readFileSync(DEMO)))
  .traceEvents.filter(({ cat }) => cat === 'kernel')
  .sort((a, b) => a.args.correlation - b.args.correlation)
  .map(({ name, dur, args }, i) => ({
    number: i + 1,
    name: mangled(name),
    us: dur,
    grid: args.grid,
    block: args.block,
    registers: args['registers per thread'],
    sharedMemory: args['shared memory'],
    collective: args['Collective name'] !== undefined || name.includes('cross_device_reduce'),
  }))
const recorded = dearest(launches.filter(({ collective }) => !collective))
writeTraces()
write('accel-sim.log', simulated())
for (const [name, text] of servingResults()) write(`serving/${name}`, text)

/** Binaries hold mangled names, unless a kernel is C, as those of cuBLAS are. */
function mangled(name) {
  const nccl = /^(ncclDevKernel_\w+)\(ncclDevKernelArgsStorage<4096ul>\)$/.exec(name)?.[1]
  if (nccl !== undefined) return `_Z${nccl.length}${nccl}24ncclDevKernelArgsStorageILm4096EE`
  const word = /(\w+)[<(]/.exec(name.replaceAll('(anonymous namespace)', ''))?.[1]
  if (word === undefined) return name
  if (MANGLED[word] === undefined) throw new Error(`no mangled name of ${name}`)
  return MANGLED[word]
}

/** The last launch of each kind, of those that take the most time together. */
function dearest(all) {
  const kinds = new Map()
  for (const launch of all) {
    const { name, grid, block, registers, sharedMemory } = launch
    const key = [name, grid, block, registers, sharedMemory].join(' ')
    kinds.set(key, { us: (kinds.get(key)?.us ?? 0) + launch.us, last: launch })
  }
  return [...kinds.values()]
    .sort((a, b) => b.us - a.us)
    .slice(0, RECORDED)
    .map(({ last }) => last)
    .sort((a, b) => a.number - b.number)
}

/** The tracer's list of all launches, and of those that were recorded the headers. */
function writeTraces() {
  const product = (extent) => extent[0] * extent[1] * extent[2]
  const rows = launches.map((launch) => {
    const { number, name, grid, block } = launch
    const warps = product(grid) * Math.ceil(product(block) / 32)
    const instructions = recorded.includes(launch) ? warps * INSTRUCTIONS_A_WARP : 0
    const sizes = [...grid, product(grid), ...block, product(block)].join(', ')
    return `kernel-${number}.trace.xz, ${name}, ${sizes}, ${instructions},${instructions}`
  })
  const header =
    'kernel id, kernel mangled name, grid_dimX, grid_dimY, grid_dimZ, #blocks, block_dimX, block_dimY, block_dimZ, #threads, total_insts, total_reported_insts'
  write('sass-traces/stats.csv', `${[header, ...rows].join('\n')}\n`)
  for (const { number, name, grid, block, registers, sharedMemory } of recorded) {
    write(
      `sass-traces/kernel-${number}.traceg`,
      `-kernel name = ${name}
-kernel id = ${number}
-grid dim = (${grid})
-block dim = (${block})
-shmem = ${sharedMemory}
-nregs = ${registers}
-binary version = 90
-cuda stream id = 0
-shmem base_addr = 0x00007f5f00000000
-local mem base_addr = 0x00007f5f02000000
-nvbit version = 1.7
-accelsim tracer version = 5
-enable lineinfo = 0

#traces format = [line_num] PC mask dest_num [reg_dests] opcode src_num [reg_srcs] mem_width [adrrescompress?] [mem_addresses] immediate
`,
    )
  }
  const files = recorded.map(({ number }) => `kernel-${number}.traceg`)
  write('sass-traces/kernelslist.g', `${files.join('\n')}\n`)
}

function simulated() {
  const configs = ['gpgpusim.config', 'trace.config'].flatMap((name) => [
    '-config',
    `${HERE}/${name}`,
  ])
  const { stdout, status } = spawnSync(
    process.execPath,
    [`${HERE}/simulators/accel-sim.mjs`, '-trace', `${out}/sass-traces/kernelslist.g`, ...configs],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stdout)
  return stdout.replaceAll(`${out}/`, './')
}
