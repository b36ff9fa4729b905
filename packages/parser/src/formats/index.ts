// The formats that are read, in the order in which they are tried.
import type { KernelTrace } from '@flowsim/trace-schema'
import { TraceParseError } from '../errors.js'
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

/**
 * The refusal of a trace that holds no kernels, where kernels are what is asked for: whether it is one of
 * the host alone or an empty one, and how to record kernels with what wrote it.
 * @returns the error `no_kernels`, to throw or to tell
 */
export function withoutKernels({
  source,
  format,
  hostCalls,
  annotations,
  eventCount,
}: KernelTrace): TraceParseError {
  const isOfHost = (hostCalls?.length ?? 0) + annotations.length > 0 || eventCount > 0
  const what = isOfHost ? 'holds no kernels, only what ran on the host' : 'holds no kernels'
  const { recordKernels } = FORMATS.find(({ name }) => name === format) ?? kineto
  return new TraceParseError('no_kernels', `${what}; ${recordKernels}`, { source })
}
