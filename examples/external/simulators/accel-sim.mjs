#!/usr/bin/env node
// Stands where accel-sim.out would: the same arguments in, the same lines out. What it does in between is two
// divisions, so that every step around a simulator can be tried without one. Its cycles say nothing about a GPU.
import { existsSync, readFileSync } from 'node:fs'

/** Core cycles of a wave: as many blocks as the SMs hold at once. */
const CYCLES_A_WAVE = 2000
/** Bytes that a warp reads, and instructions that it executes. */
const BYTES_A_WARP = 4096
const INSTRUCTIONS_A_WARP = 256
/** What an SM of Hopper holds, by compute capability 9.0. */
const SM = { threads: 2048, registers: 65_536, sharedMemoryBytes: 233_472, blocks: 32 }
const NEWEST_BINARY = 90

const { list, options } = readArguments(process.argv.slice(2))
const number = (key) => Number(options.get(key))
const [coreMhz, , , dramMhz] = options.get('gpgpu_clock_domains').split(':').map(Number)
const sms = number('gpgpu_n_clusters') * number('gpgpu_n_cores_per_cluster')
const dramBytesPerS =
  number('gpgpu_n_mem') *
  number('gpgpu_dram_buswidth') *
  number('dram_data_command_freq_ratio') *
  dramMhz *
  1e6

console.log(`Accel-Sim [build stand-in]

        *** GPGPU-Sim Simulator Version 4.2.0  [build stand-in] ***

GPGPU-Sim: Configuration options:
`)
for (const [key, value] of options) console.log(`-${key.padEnd(38)} ${value} # as configured`)
const hertz = options
  .get('gpgpu_clock_domains')
  .split(':')
  .map((mhz) => (mhz * 1e6).toFixed(6))
console.log(`GPGPU-Sim uArch: clock freqs: ${hertz.join(':')}`)

if (!existsSync(list)) fail(`Unable to open file: ${list}`, 1)
const folder = list.slice(0, list.lastIndexOf('/') + 1)
const files = readFileSync(list, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('kernel'))
const total = { cycles: 0, instructions: 0, warps: 0, reads: 0, accesses: 0 }
for (const [i, file] of files.entries()) simulate(folder + file, i + 1, files[i - 1] === file)
console.log('GPGPU-Sim: *** simulation thread exiting ***\nGPGPU-Sim: *** exit detected ***')

/** `-trace LIST`, `-config FILE` whose lines are `-key value`, and `-key value` over them; the last one counts. */
function readArguments(words) {
  const options = new Map()
  let list
  for (let i = 0; i < words.length; i += 2) {
    const [key, value] = [words[i].slice(1), words[i + 1]]
    if (key === 'trace') list = value
    else if (key !== 'config') options.set(key, value)
    else if (!existsSync(value)) fail(`GPGPU-Sim ** ERROR: Cannot open config file '${value}'`, 1)
    else
      for (const [, name, text] of readFileSync(value, 'utf8').matchAll(/^-(\S+)\s+(\S+)/gm)) {
        options.set(name, text)
      }
  }
  return { list, options }
}

function simulate(path, uid, isWarm) {
  console.log(`Processing kernel ${path}`)
  const header = existsSync(path) ? readFileSync(path, 'utf8').match(/^-.* = .*$/gm) : []
  const fields = new Map(header.map((line) => line.slice(1).split(' = ')))
  for (const line of header) console.log(line)
  const binary = Number(fields.get('binary version') ?? 0)
  // As the real one: such a run ends with exit code 0.
  if (binary === 0 || binary > NEWEST_BINARY) fail(`unsupported binary version: ${binary}`, 0)
  const name = fields.get('kernel name')
  console.log(`launching kernel name: ${name} uid: ${uid} cuda_stream_id: 0`)

  const triple = (key) => fields.get(key).match(/\d+/g).map(Number)
  const product = ([x, y, z]) => x * y * z
  const [blocks, threads] = [product(triple('grid dim')), product(triple('block dim'))]
  const warps = blocks * Math.ceil(threads / 32)
  const waves = Math.ceil(blocks / (sms * blocksAnSm(threads, fields)))
  const reads = isWarm ? 0 : (warps * BYTES_A_WARP) / 32
  const dramCycles = Math.ceil(((reads * 32) / dramBytesPerS) * coreMhz * 1e6)
  const latency = number('gpgpu_kernel_launch_latency') + blocks * number('gpgpu_TB_launch_latency')
  const cycles = latency + Math.max(waves * CYCLES_A_WAVE, dramCycles)

  total.cycles += cycles
  total.warps += warps * INSTRUCTIONS_A_WARP
  total.instructions += blocks * threads * INSTRUCTIONS_A_WARP
  total.reads += reads
  total.accesses += (warps * BYTES_A_WARP) / 32
  console.log(`kernel_name = ${name} 
kernel_launch_uid = ${uid} 
kernel_stream_id = 0
gpu_sim_cycle = ${cycles}
gpu_sim_insn = ${blocks * threads * INSTRUCTIONS_A_WARP}
gpu_ipc = ${((blocks * threads * INSTRUCTIONS_A_WARP) / cycles).toFixed(4).padStart(12)}
gpu_tot_sim_cycle = ${total.cycles}
gpu_tot_sim_insn = ${total.instructions}
gpu_occupancy = -nan% 
gpgpu_n_tot_w_icount = ${total.warps}
total dram reads = ${total.reads}
L2_total_cache_accesses = ${total.accesses}
L2_total_cache_misses = ${total.reads}
gpgpu_simulation_time = 0 days, 0 hrs, 0 min, 1 sec (1 sec)`)
}

function blocksAnSm(threads, fields) {
  const of = (limit, each) => (each === 0 ? Infinity : Math.floor(limit / each))
  const resident = Math.min(
    SM.blocks,
    of(SM.threads, threads),
    of(SM.registers, Number(fields.get('nregs')) * threads),
    of(SM.sharedMemoryBytes, Number(fields.get('shmem'))),
  )
  return Math.max(1, resident)
}

function fail(line, code) {
  if (line.includes('ERROR')) console.error(line)
  else console.log(line)
  process.exit(code)
}
