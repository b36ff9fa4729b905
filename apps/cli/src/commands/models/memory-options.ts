// Degrees and element types that memory is counted with, as flags give them.
import type { MemoryOptions } from '@flowsim/model-graph'
import { DTYPES, type Dtype } from '@flowsim/trace-schema'
import { schemeOf } from '../../inputs/quantization.js'
import { CliError } from '../../program/errors.js'
import type { ShowModelFlags } from './flags.js'

/** What the flags say of a deployment. */
export function memoryOptions(flags: ShowModelFlags): MemoryOptions {
  const { tp, pp, dp, ep, quantization, kvCacheDtype } = flags
  return {
    parallelism: { tensor: tp, pipeline: pp, data: dp, expert: ep },
    dtypes: {
      ...(quantization === undefined ? {} : { weights: schemeOf(quantization) }),
      ...(kvCacheDtype === undefined ? {} : { kv: dtypeOf(kvCacheDtype) }),
    },
  }
}

function dtypeOf(name: string): Dtype {
  const dtype = DTYPES.find((each) => each === name)
  if (dtype !== undefined) return dtype
  throw new CliError('usage', `--kv-cache-dtype ${name}: known are ${DTYPES.join(', ')}`)
}
