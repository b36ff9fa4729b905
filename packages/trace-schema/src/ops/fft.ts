// A fast Fourier transform of each row; 5·log2(cols) FLOPs an element (Cooley and Tukey).
import { dtype, size } from './shared/fields.js'
import { operation } from './shared/operation.js'
import { rowSizes, rowWork } from './shared/rowwise.js'

export const fft = operation('fft', {
  title: 'fast Fourier transform of each row',
  family: 'other',
  runsOn: 'vector',
  fields: { rows: size(), cols: size(), dtype: dtype() },
  example: { rows: 64, cols: 1024, dtype: 'complex64' },
  work: (call) => rowWork(call, 5 * Math.log2(Math.max(2, call.cols))),
  describe: rowSizes,
})
