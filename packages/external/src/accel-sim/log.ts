// Reads the output of Accel-Sim (GPGPU-Sim 4): each kernel that it simulated to the end, and why it stopped where it
// did. A block of statistics opens with `kernel_name` and ends with the host's time; most counters in it run on from
// kernel to kernel, so what belongs to one kernel is the difference from the block before.
import { ExternalError } from '../errors.js'
import { type Chunks, linesOf } from '../lines.js'
import {
  type AccelSimFailure,
  failureOfEnd,
  failureOfLine,
  NOT_ENDED,
  TIMED_OUT,
} from './failures.js'

/** What the last-level cache held as a kernel began: nothing, this very kernel's data, or that of others. */
export type L2State = 'cold' | 'warm' | 'others'

/** One simulated kernel. */
export interface AccelSimKernel {
  /** Place among the kernels of kernelslist.g, from 1. */
  uid: number
  /** Number of the launch in the recorded program, from 1; launches that were not recorded count. */
  launchNumber: number | null
  /** As in the binary, mangled. */
  name: string
  traceFile: string | null
  grid: [number, number, number] | null
  block: [number, number, number] | null
  registersPerThread: number | null
  /** Shared memory of a block. */
  sharedMemoryBytes: number | null
  /** Core cycles, the launch latency included. */
  cycles: number
  /** Cycles before the kernel: those of the launch, and of each of its blocks. */
  launchLatencyCycles: number
  /** Without the launch latency, as profilers measure kernels; `null` where the log tells no clock. */
  durationNs: number | null
  threadInstructions: number
  /** Warp instructions of this kernel alone. */
  warpInstructions: number | null
  /** Share of the warps that an SM can hold. */
  occupancy: number | null
  /** Accesses of the last-level cache, of this kernel alone. */
  l2Accesses: number | null
  l2Misses: number | null
  /** Reads of DRAM, of this kernel alone. */
  dramReads: number | null
  l2State: L2State
}

/** A run of Accel-Sim. */
export interface AccelSimLog {
  schema: 'flowsim.accel-sim-log/1'
  source: string
  /** Build of the simulator, as it names it. */
  simulator: string | null
  coreClockHz: number | null
  /** Options as the simulator printed them, such as `gpgpu_n_mem`. */
  options: Readonly<Record<string, string>>
  /** Kernels that it began. */
  begun: number
  /** Those that it finished; the others say nothing. */
  kernels: AccelSimKernel[]
  /** `null` where the end marker is there and every kernel that was begun is finished. */
  failure: AccelSimFailure | null
}

/** What `timeout` ends with where it ended the program. */
const TIMEOUT_EXIT = 124

/** How a log is read. */
export interface AccelSimLogOptions {
  /** Name of the log, for messages. */
  source: string
  /** What the run printed on stderr, where it was kept apart. */
  stderr?: string | undefined
  /** The exit code of the run, where it is known. */
  exitCode?: number | undefined
  /** Whether the run is over, where that is known; one that is not is incomplete, whatever its log lacks. */
  hasEnded?: boolean | undefined
  /** Kernels that the run was given, where that is known. */
  listed?: number | undefined
}

/**
 * Reads a log.
 *
 * @param chunks - stdout, or stdout and stderr in one, in pieces of any size
 * @throws ExternalError with code `not_a_log`
 */
export async function readAccelSimLog(
  chunks: Chunks,
  options: AccelSimLogOptions,
): Promise<AccelSimLog> {
  const reader = new LogReader()
  for await (const line of linesOf(chunks)) reader.line(line)
  for (const line of (options.stderr ?? '').split('\n')) reader.sign(line)
  return reader.end(options)
}

/** Options of the simulator that seconds depend on. */
const LAUNCH_LATENCY = 'gpgpu_kernel_launch_latency'
const BLOCK_LATENCY = 'gpgpu_TB_launch_latency'
const FLUSH_L2 = 'gpgpu_flush_l2_cache'

/** Lines of a block that are read, by the field that they give. */
const STATISTICS = {
  kernel_launch_uid: 'uid',
  gpu_sim_cycle: 'cycles',
  gpu_sim_insn: 'threadInstructions',
  gpu_occupancy: 'occupancyPercent',
  // These run on from kernel to kernel.
  L2_total_cache_accesses: 'l2Accesses',
  L2_total_cache_misses: 'l2Misses',
  'total dram reads': 'dramReads',
  gpgpu_n_tot_w_icount: 'warpInstructions',
} as const
const STATISTIC = new RegExp(
  `^(${Object.keys(STATISTICS).join('|')}) = (\\d+(?:\\.\\d+)?)(?![\\d.e])`,
)

type Statistic = (typeof STATISTICS)[keyof typeof STATISTICS]

interface Header {
  traceFile: string
  fields: Record<string, string>
}

interface Block {
  name: string
  values: Partial<Record<Statistic, number>>
}

class LogReader {
  #simulator: string | null = null
  #isLog = false
  #options: Record<string, string> = {}
  #clockHz: number | null = null
  #headers: Header[] = []
  #inHeader = false
  #block: Block | undefined
  #before: Partial<Record<Statistic, number>> = {}
  #kernels: AccelSimKernel[] = []
  readonly #uids = new Set<number>()
  #repeatedUid: number | undefined
  #failure: AccelSimFailure | undefined
  #ended = false

  line(line: string): void {
    if (line.startsWith('Processing kernel ')) {
      this.#headers.push({ traceFile: line.slice('Processing kernel '.length).trim(), fields: {} })
      this.#inHeader = true
      this.#block = undefined
      return
    }
    if (line.startsWith('-')) this.#option(line)
    else if (line.startsWith('kernel_name =')) {
      this.#inHeader = false
      this.#block = { name: line.slice('kernel_name ='.length).trim(), values: {} }
    } else if (line.startsWith('launching ')) this.#inHeader = false
    else if (this.#block === undefined) this.#start(line)
    else if (line.startsWith('gpgpu_simulation_time =')) this.#finish(this.#block)
    else this.#statistic(line, this.#block)
    if (line.startsWith('GPGPU-Sim: *** exit detected ***')) this.#ended = true
    this.sign(line)
  }

  /** A line that may tell of a failure; the first one that does is the reason. */
  sign(line: string): void {
    // Names of kernels and of options may hold any words.
    if (this.#failure !== undefined || /^(?:-|kernel_name|launching|Processing)/.test(line)) return
    this.#failure = failureOfLine(line)
  }

  #start(line: string): void {
    const build = /^(Accel-Sim \[build .*\])/.exec(line)
    if (build !== null) {
      this.#simulator = build[1]!
      this.#isLog = true
    } else if (line.includes('*** GPGPU-Sim Simulator Version')) this.#isLog = true
    const clock = /^GPGPU-Sim uArch: clock freqs: ([\d.]+):/.exec(line)
    if (clock !== null) {
      this.#isLog = true
      this.#clockHz = Number(clock[1]) > 0 ? Number(clock[1]) : null
    }
  }

  /** `-key value # help` of the configuration, or `-key = value` of a trace's header. */
  #option(line: string): void {
    if (this.#inHeader) {
      const field = /^-([^=]+?) = (.*)$/.exec(line)
      if (field !== null) this.#headers.at(-1)!.fields[field[1]!] = field[2]!.trim()
      return
    }
    const option = /^-(\S+)\s+(\S+)/.exec(line)
    if (option !== null && this.#headers.length === 0) this.#options[option[1]!] = option[2]!
  }

  #statistic(line: string, { values }: Block): void {
    const found = STATISTIC.exec(line)
    // A bank or a core may repeat the words; the whole comes first.
    if (found !== null) values[STATISTICS[found[1] as keyof typeof STATISTICS]] ??= Number(found[2])
  }

  /** A block is whole; one that names no kernel is what a limit cut off. */
  #finish({ name, values }: Block): void {
    this.#block = undefined
    const { uid, cycles } = values
    if (name === '' || uid === undefined || cycles === undefined) return
    if (this.#uids.has(uid)) this.#repeatedUid ??= uid
    this.#uids.add(uid)
    const header = this.#headers[uid - 1]
    const grid = triple(header?.fields['grid dim'])
    const launchLatencyCycles = this.#launchLatency(grid)
    const own = (counter: Statistic): number | null => {
      const [now, before] = [values[counter], this.#before[counter] ?? 0]
      return now === undefined || now < before ? null : now - before
    }
    const seconds = this.#clockHz === null ? null : (cycles - launchLatencyCycles) / this.#clockHz
    this.#kernels.push({
      uid,
      launchNumber: number(header?.fields['kernel id']),
      name,
      traceFile: header?.traceFile ?? null,
      grid,
      block: triple(header?.fields['block dim']),
      registersPerThread: number(header?.fields.nregs),
      sharedMemoryBytes: number(header?.fields.shmem),
      cycles,
      launchLatencyCycles,
      durationNs: seconds === null || seconds < 0 ? null : seconds * 1e9,
      threadInstructions: values.threadInstructions ?? 0,
      warpInstructions: own('warpInstructions'),
      occupancy: values.occupancyPercent === undefined ? null : values.occupancyPercent / 100,
      l2Accesses: own('l2Accesses'),
      l2Misses: own('l2Misses'),
      dramReads: own('dramReads'),
      l2State: this.#l2State(uid),
    })
    this.#before = { ...this.#before, ...values }
  }

  #launchLatency(grid: [number, number, number] | null): number {
    const blocks = grid === null ? 0 : grid[0] * grid[1] * grid[2]
    return (
      Number(this.#options[LAUNCH_LATENCY] ?? 0) +
      blocks * Number(this.#options[BLOCK_LATENCY] ?? 0)
    )
  }

  #l2State(uid: number): L2State {
    if (uid === 1 || this.#options[FLUSH_L2] === '1') return 'cold'
    const [before, now] = [this.#headers[uid - 2], this.#headers[uid - 1]]
    return before?.traceFile === now?.traceFile ? 'warm' : 'others'
  }

  end({ source, exitCode, hasEnded, listed = 0 }: AccelSimLogOptions): AccelSimLog {
    const begun = this.#headers.length
    // A job that was ended at once leaves an empty log: it failed, and others of the folder did not.
    const isOfJob = hasEnded !== undefined
    if (!this.#isLog && begun === 0 && this.#failure === undefined && !isOfJob) {
      throw new ExternalError(
        'not_a_log',
        `${source}: is not output of Accel-Sim: neither its name nor a kernel is in it; give what the simulator printed on stdout`,
        { source },
      )
    }
    if (this.#repeatedUid !== undefined) {
      throw new ExternalError(
        'not_a_log',
        `${source}: holds launch uid ${this.#repeatedUid} twice, as the output of several runs in one does; give each run's alone`,
        { source },
      )
    }
    const unfinished = begun > this.#kernels.length
    const unbegun = listed > begun
    if (this.#failure === undefined && exitCode === TIMEOUT_EXIT) this.#failure = TIMED_OUT
    if (this.#failure === undefined && exitCode === 137) {
      this.#failure = failureOfLine('Out of memory')
    }
    if (this.#failure === undefined && (!this.#ended || unfinished || unbegun)) {
      const isConfigured = Object.keys(this.#options).length > 0
      this.#failure = hasEnded === false ? NOT_ENDED : failureOfEnd(unfinished, isConfigured)
    }
    return {
      schema: 'flowsim.accel-sim-log/1',
      source,
      simulator: this.#simulator,
      coreClockHz: this.#clockHz,
      options: this.#options,
      begun,
      kernels: this.#kernels,
      failure: this.#failure ?? null,
    }
  }
}

function number(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

/** `(16,1,1)` */
function triple(text: string | undefined): [number, number, number] | null {
  const found = /^\((\d+),\s*(\d+),\s*(\d+)\)$/.exec(text ?? '')
  return found === null ? null : [Number(found[1]), Number(found[2]), Number(found[3])]
}
