// What a trace format is.
import type { TraceStore } from '../collect/trace-store.js'
import type { TraceFile } from '../input/trace-file.js'
import type { Repairs } from '../repairs.js'

/** What is wanted of a trace. */
export interface ReadOptions {
  pythonFrames: boolean
  /** What synchronising calls wait for. */
  synchronizations: boolean
  /** Names of kernels at their launches: the trace is that of a capture. */
  launchedKernels: boolean
  /** Numbers of the calls of operators: an execution trace is to be joined by them. */
  recordFunctions: boolean
  /** Keep what is complete of data that is cut off. */
  salvage: boolean
}

/** A format of trace files. To add one, add a file to this folder and a line to the list. */
export interface TraceFormat {
  /** As `KernelTrace.format` has it. */
  name: string
  /** What people call it, for messages. */
  title: string
  /** How to record kernels with it, for those whose trace holds none. */
  recordKernels: string
  /** Whether a file is of this format, by its first bytes, keys or tables. */
  recognises: (file: TraceFile, repairs: Repairs) => boolean | Promise<boolean>
  /**
   * Reads what ran on the devices and what was under way on the host. What is left out or mended is
   * counted.
   * @throws TraceParseError when the file is damaged or holds nothing of use
   */
  read: (file: TraceFile, options: ReadOptions, repairs: Repairs) => Promise<TraceStore>
}
