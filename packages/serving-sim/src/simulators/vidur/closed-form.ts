import type { VidurOperators } from './predictor.js'

/**
 * Operator times in closed form, with which Vidur's schedulers can be checked to the last digit; not
 * those of a device.
 */
export const CLOSED_FORM_OPERATORS: VidurOperators = {
  attentionPreProjection: (t) => 0.01 + 0.0005 * t,
  attentionPostProjection: (t) => 0.005 + 0.0002 * t,
  rope: (t) => 0.001 + 0.00002 * t,
  kvCacheSave: (t) => 0.001 + 0.00001 * t,
  inputNorm: (t) => 0.003 + 0.00003 * t,
  postAttentionNorm: (t) => 0.003 + 0.00003 * t,
  mlpUp: (t) => 0.02 + 0.001 * t,
  mlpDown: (t) => 0.01 + 0.0005 * t,
  mlpActivation: (t) => 0.002 + 0.0001 * t,
  add: (t) => 0.001 + 0.00001 * t,
  attentionDecode: (batchSize, kv) => 0.01 + 0.00001 * (batchSize * kv),
  attentionPrefill: (kv, chunk) => 0.02 + 1e-7 * chunk ** 2 + 1e-6 * kv,
  allReduce: (t) => 0.01 + 0.0001 * t,
  sendReceive: (t) => 0.01 + 0.00005 * t,
}
