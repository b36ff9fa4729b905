// All-reduce as LLMCompass times it, in seconds, for D bytes on n devices:
//
//   packets   eff = header + ceil(D/n / payload) header + D/n, header in whole flits
//   connected t = (latency + eff/e2) (n-1) + eff/e1 + D/internal, e1 = bandwidth of one direction times
//             links / (n-1), e2 the same of both directions
//   ring      t = (latency + eff/(bandwidth links)) 2(n-1) + D/internal
//
// n is the number of devices that the system describes, not that of the call.
import type { HardwareSpec } from '@flowsim/trace-schema'
import { PerfModelError } from '../../errors.js'
import { requireLink } from '../collective-time.js'

/** Time to all-reduce so many bytes over the links of a system. */
export function allReduceLatency(bytes: number, hardware: HardwareSpec): number {
  const link = requireLink(hardware)
  const { devices: n, topology } = hardware.system
  if (topology !== 'fully_connected' && topology !== 'ring') {
    throw new PerfModelError(
      'unsupported_op',
      `all_reduce: LLMCompass knows fully connected systems and rings, ${hardware.name} is a ${topology}; leave the mode out`,
      'mode',
    )
  }
  const flit = link.flitBytes ?? 1
  const header = Math.ceil((link.headerBytes ?? 0) / flit) * flit
  const share = bytes / n
  const packets = link.maxPayloadBytes === undefined ? 0 : Math.ceil(share / link.maxPayloadBytes)
  const effective = header + packets * header + share
  const internal = bytes / (link.internalBandwidthBytesPerS ?? Infinity)
  const one = link.bandwidthPerDirectionBytesPerS
  const both = link.bandwidthBothDirectionsBytesPerS ?? 2 * one
  if (topology === 'ring') {
    const bandwidth = one * link.countPerDevice
    return (link.latencyS + effective / bandwidth) * 2 * (n - 1) + internal
  }
  if (n === 1) return 0
  const first = (one * link.countPerDevice) / (n - 1)
  const second = (both * link.countPerDevice) / (n - 1)
  return (link.latencyS + effective / second) * (n - 1) + effective / first + internal
}
