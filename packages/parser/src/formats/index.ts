// The formats that are read, in the order in which they are tried.
import type { TraceFile } from '../input/trace-file.js'
import type { Repairs } from '../repairs.js'
import { ascendKernels } from './ascend/kernel-details.js'
import { ascend } from './ascend/trace-view.js'
import { chakra } from './chakra.js'
import { refuseForeign } from './foreign.js'
import type { TraceFormat } from './format.js'
import { jaxChrome } from './jax-chrome.js'
import { kineto } from './kineto.js'
import { nsightSystems } from './nsight-systems.js'
import { perfetto } from './perfetto.js'
import { protonHatchet } from './proton-hatchet.js'
import { rocpd } from './rocpd.js'
import { rocprofv3 } from './rocprofv3.js'
import { rpd } from './rpd.js'
import { xplane } from './xplane.js'

export const FORMATS: readonly TraceFormat[] = [
  kineto,
  nsightSystems,
  rocprofv3,
  rocpd,
  rpd,
  xplane,
  jaxChrome,
  ascend,
  ascendKernels,
  perfetto,
  chakra,
  protonHatchet,
]

/**
 * The format of a file; Kineto's for what no other format recognises.
 * @throws TraceParseError `unsupported_format` for files that are known and not read: it names them
 */
export async function formatOf(file: TraceFile, repairs: Repairs): Promise<TraceFormat> {
  for (const format of FORMATS) if (await format.recognises(file, repairs)) return format
  refuseForeign(file)
  return kineto
}

/** What to do where a trace of a format, as `KernelTrace.format` has it, holds no kernels. */
export function recordKernels(format: string): string {
  return (FORMATS.find(({ name }) => name === format) ?? kineto).recordKernels
}
