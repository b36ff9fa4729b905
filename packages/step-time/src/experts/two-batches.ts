// A step in two halves, so that rows of one are under way while the device computes the other: the order of
// SGLang's `--enable-two-batch-overlap`, after DeepSeek's profile. Sums over all layers with experts, of one half:
//
//   prefill   attention a, a; experts a (when its rows are there), b; shared experts, a, b. Rows of a are sent
//             during the attention of b, those of b during the experts of a; results of a return during the experts of
//             b, those of b during the shared experts. Rows of both go one after the other
//   decode    each half two stages behind the other: rows are sent during the shared experts and the projections of
//             the other half, results return during its attention. Sending and receiving keeps the device busy
//
// Source: SGLang, srt/operations_strategy.py; deepseek-ai/profile-data, README.md.

/** Nanoseconds of the parts of a half, over all layers with experts. */
export interface HalfTimes {
  /** Norm and projections before the attention itself. */
  before: number
  /** The attention itself, and all from there to the choice of experts. */
  after: number
  shared: number
  experts: number
  dispatchDevice: number
  dispatchFlight: number
  combineDevice: number
  combineFlight: number
}

/** Nanoseconds of both halves of a step with prompts. */
export function prefillHalvesNs(half: HalfTimes): number {
  const attention = half.before + half.after
  const dispatch = half.dispatchDevice + half.dispatchFlight
  const combine = half.combineDevice + half.combineFlight
  // Two clocks: when the device is free, when the transfers are.
  const sentA = attention + dispatch
  let device = 2 * attention
  const sentB = Math.max(device, sentA) + dispatch
  device = Math.max(device, sentA) + half.experts
  const backA = Math.max(device, sentB) + combine
  device = Math.max(device, sentB) + half.experts
  const backB = Math.max(device, backA) + combine
  device = Math.max(device + half.shared, backA)
  return Math.max(device + half.shared, backB)
}

/** Nanoseconds of both halves of a step that only decodes. */
export function decodeHalvesNs(half: HalfTimes): number {
  const { before, after, shared, experts, dispatchFlight, combineFlight } = half
  const device = before + after + shared + experts + half.dispatchDevice + half.combineDevice
  const waits = Math.max(0, dispatchFlight - shared - before) + Math.max(0, combineFlight - after)
  return 2 * (device + waits)
}
