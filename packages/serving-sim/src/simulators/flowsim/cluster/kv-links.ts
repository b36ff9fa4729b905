// The links over which KV goes from prefill to decode instances. Every device has its own, for both
// directions; a transfer keeps the links of the devices that hold the sequence busy on both sides until it is
// done, so that transfers to one instance wait for each other wherever they come from.
import type { Instance } from '../instance/instance.js'

export interface TransferOptions {
  latencyNs: number
  /** Of one device's link. */
  bandwidthBytesPerS: number
}

export class KvLinks {
  /** When the links of each replica of an instance are free. */
  private readonly freeNs = new Map<Instance, number[]>()

  constructor(private readonly options: TransferOptions) {}

  /** When the KV of so many tokens is there. */
  transfer(from: Instance, to: Instance, tokens: number, now: number): number {
    const { latencyNs, bandwidthBytesPerS } = this.options
    // Each device of the receiver gets its share; the senders' devices send all of them in equal parts.
    const receivedBytes = to.options.kv.sequenceBytes(tokens)
    const sentBytes = (receivedBytes * devicesOf(to)) / devicesOf(from)
    const sender = this.lanes(from)
    const receiver = this.lanes(to)
    const out = soonest(sender)
    const into = soonest(receiver)
    const startNs = Math.max(now, sender[out]!, receiver[into]!)
    const sentNs = startNs + (Math.max(receivedBytes, sentBytes) * 1e9) / bandwidthBytesPerS
    sender[out] = sentNs
    receiver[into] = sentNs
    return sentNs + latencyNs
  }

  private lanes(instance: Instance): number[] {
    let lanes = this.freeNs.get(instance)
    if (lanes === undefined) {
      lanes = new Array<number>(instance.options.kv.replicas).fill(0)
      this.freeNs.set(instance, lanes)
    }
    return lanes
  }
}

/** Devices that hold a sequence. */
const devicesOf = ({ options: { devices, kv } }: Instance) => devices / kv.replicas

function soonest(lanes: readonly number[]): number {
  let best = 0
  for (let i = 1; i < lanes.length; i++) if (lanes[i]! < lanes[best]!) best = i
  return best
}
