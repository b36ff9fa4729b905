// Elements written in a narrower type with an fp32 scale for each group; 2 FLOPs an element.
import { dtypeBytes } from '../dtype.js'
import { count, dtype, optional, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowSizes } from './shared/rowwise.js'
import { local, SCALE_BYTES } from './shared/work.js'

export const quantize = operation('quantize', {
  title: 'elements written in a narrower type, with scales',
  family: 'quantization',
  runsOn: 'vector',
  fields: {
    rows: size(),
    cols: size(),
    dtype: dtype('Type that is read.'),
    outDtype: dtype('Type that is written.'),
    groupSize: optional(count('Elements that share a scale; a row if absent.')),
  },
  example: { rows: 64, cols: 4096, dtype: 'bf16', outDtype: 'fp8_e4m3' },
  work(call) {
    const elements = call.rows * call.cols
    const scales = call.rows * Math.ceil(call.cols / (call.groupSize ?? Math.max(1, call.cols)))
    return local(
      2 * elements,
      elements * dtypeBytes(call.dtype),
      elements * dtypeBytes(call.outDtype) + scales * SCALE_BYTES,
    )
  },
  describe: rowSizes,
})
