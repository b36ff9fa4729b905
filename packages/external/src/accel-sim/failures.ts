// How a run of Accel-Sim says that it went wrong. Its exit code does not tell: an unknown GPU generation, a missing
// trace and a limit that was reached all end with 0. The signs are lines of stdout or stderr, from its sources and
// from runs that were made to fail (GPGPU-Sim 4.2, Accel-Sim framework dev 2024-10; the same lines in 2.0).

/** Why a run did not simulate all that it was given. */
export type AccelSimFailureCode =
  | 'undefined_instruction'
  | 'unsupported_binary'
  | 'trace_missing'
  | 'truncated'
  | 'deadlock'
  | 'limit_reached'
  | 'no_kernel_list'
  | 'config_error'
  | 'out_of_memory'
  | 'timed_out'
  | 'incomplete'

/** A failure: its reason, the simulator's words for it where there are any, and what to do. */
export interface AccelSimFailure {
  code: AccelSimFailureCode
  /** What is particular of this one, such as the instruction. */
  detail: string | null
  /** One line: what, and what to do. */
  message: string
}

interface Sign {
  readonly pattern: RegExp
  readonly code: AccelSimFailureCode
  readonly message: (detail: string) => string
}

const SIGNS: readonly Sign[] = [
  {
    pattern: /^ERROR: +undefined instruction : (\S+)/,
    code: 'undefined_instruction',
    message: (op) =>
      `instruction ${op} is not in the simulator's table of opcodes; add it to the ISA file of this GPU generation, or leave the kernel out`,
  },
  {
    pattern: /^unsupported binary version: 0\b/,
    code: 'trace_missing',
    message: () =>
      'a trace file could not be read; look for it beside kernelslist.g, and give the path of the list with a slash (./kernelslist.g)',
  },
  {
    pattern: /^unsupported binary version: (\d+)/,
    code: 'unsupported_binary',
    message: (version) =>
      `traces of binary version ${version} are of a GPU generation that this simulator does not know; record on one that it does`,
  },
  {
    pattern: /ERROR \*\* deadlock detected: (last writeback core \d+ @ gpu_sim_cycle \d+)/,
    code: 'deadlock',
    message: (where) =>
      `no instruction finished for a long time (${where}); a launch latency that long does it too. Process split-K traces of 2.0 again with a corrected post-processor, or raise -gpgpu_deadlock_detect`,
  },
  {
    pattern: /^GPGPU-Sim: \*\* break due to reaching the maximum cycles/,
    code: 'limit_reached',
    message: () =>
      'a limit of the configuration was reached (-gpgpu_max_cycle, -gpgpu_max_insn); raise it to simulate the rest',
  },
  {
    pattern: /^Unable to open file: (.+)/,
    code: 'no_kernel_list',
    message: (file) => `the list of kernels ${file} could not be opened; check -trace`,
  },
  {
    pattern: /GPGPU-Sim \*\* ERROR: (Unknown Option: .+|Cannot open config file.*)/i,
    code: 'config_error',
    message: (words) =>
      `the configuration was refused (${words}); it is of another version of the simulator, or lies elsewhere`,
  },
  {
    pattern: /^.{0,40}Cannot open config file ?(.*)/i,
    code: 'config_error',
    message: (file) => `the configuration file ${file} could not be opened; check -config`,
  },
  {
    pattern: /(line\.back\(\) == '\\n'|unexpected end of (?:file|input)|Unexpected end)/i,
    code: 'truncated',
    message: () => 'a trace file is cut off; record or process it again',
  },
  {
    pattern: /(std::bad_alloc|^Out of memory|oom-kill|^Killed\b|: Killed$)/,
    code: 'out_of_memory',
    message: () => 'memory ran out; a job takes 4 to 8 GB, so run fewer at once',
  },
]

/** Words that stand in every line that tells of a failure: logs have millions of others. */
const ANY =
  /undefined instruction|unsupported binary|deadlock|break due|Unable to open|ERROR|config file|line\.back|unexpected end|bad_alloc|memory|oom-kill|Killed/i

/** The failure that a line of the log tells of. */
export function failureOfLine(line: string): AccelSimFailure | undefined {
  if (!ANY.test(line)) return undefined
  for (const { pattern, code, message } of SIGNS) {
    const found = pattern.exec(line)
    if (found === null) continue
    const detail = found[1]?.trim() ?? null
    return { code, detail, message: message(detail ?? '') }
  }
  return undefined
}

/** A run that is not over, or was ended so that it could not say how. */
export const NOT_ENDED: AccelSimFailure = {
  code: 'incomplete',
  detail: null,
  message: 'it has not ended, or was stopped from outside; see flowsim jobs status',
}

/** A run that `timeout` ended. */
export const TIMED_OUT: AccelSimFailure = {
  code: 'timed_out',
  detail: null,
  message: 'it took longer than it was given; raise --timeout, or leave the kernel out',
}

/**
 * The failure of a log that says nothing itself but lacks its end: `inKernel`, whether a kernel was being simulated;
 * `configured`, whether the options were printed.
 */
export function failureOfEnd(inKernel: boolean, configured: boolean): AccelSimFailure {
  if (!configured) {
    return {
      code: 'config_error',
      detail: null,
      message:
        'it ended before it printed its options; an option or a configuration file was refused, see stderr (--stderr FILE)',
    }
  }
  if (inKernel) {
    return {
      code: 'truncated',
      detail: null,
      message:
        'it ends within a kernel: the trace is cut off, memory ran out, or the run was stopped; see stderr and the exit code',
    }
  }
  return {
    code: 'incomplete',
    detail: null,
    message: 'the end marker is missing; the run was stopped, or the log was cut off',
  }
}
