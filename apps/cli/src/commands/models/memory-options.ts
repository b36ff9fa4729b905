// Degrees and element types that memory is counted with, as flags give them.
import type { MemoryOptions } from '@flowsim/model-graph'
import { DTYPES, type Dtype } from '@flowsim/trace-schema'
import { schemeOf } from '../../inputs/quantization.js'
import { CliError } from '../../program/errors.js'
import type { ShowModelFlags } from './flags.js'

/** What the flags say of a deployment. */
export function memoryOptions(flags: ShowModelFlags): MemoryOptions {
  const { tp, pp, dp, ep, quantization, kvDtype } = flags
  return {
    parallelism: { tensor: tp, pipeline: pp, data: dp, expert: ep },
    dtypes: {
      ...(quantization === undefined ? {} : { weights: schemeOf(quantization) }),
      ...(kvDtype === undefined ? {} : { kv: dtypeOf(kvDtype) }),
    },
  }
}

function dtypeOf(name: string): Dtype {
  const dtype = DTYPES.find((each) => each === name)
  if (dtype !== undefined) return dtype
  throw new CliError('usage', `--kv-dtype ${name}: known are ${DTYPES.join(', ')}`)
}
