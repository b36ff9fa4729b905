export { type ChipArea, chipArea, memoryCostUsd } from './area/chip-area.js'
export { type DesignCost, designCost } from './area/design-cost.js'
export { doubted, isDoubtful } from './doubt.js'
export { PerfModelError, type PerfModelErrorCode } from './errors.js'
export type { EstimateOptions, EstimateQuestion, LatencyModel } from './model.js'
export { type CollectiveTime, isTableTime, withCollectiveTimes } from './models/collective-table.js'
export { roofline } from './models/roofline.js'
export { tile } from './models/tile/model.js'
export type { OtherMode } from './sweep/mode-time.js'
export { type Aims, paretoFront } from './sweep/pareto.js'
export {
  type SweepAxes,
  type SweepOptions,
  type SweepPoint,
  type SweepResult,
  type SweepWorkload,
  sweepHardware,
} from './sweep/sweep-hardware.js'
export {
  type CountedCall,
  type TransformerBlock,
  type TransformerBlockLatency,
  transformerBlock,
  transformerCalls,
} from './transformer-block.js'
