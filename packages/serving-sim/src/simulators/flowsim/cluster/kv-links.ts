// The links over which KV goes from prefill to decode instances, and embeddings of images from encode instances. Every device has its own, for both
// directions; a transfer keeps the links of the devices that hold the sequence busy on both sides until it is
// done, so that transfers to one instance wait for each other wherever they come from.
import type { Instance } from '../instance/instance.js'

export interface TransferOptions {
  latencyNs: number
  /** Of one device's link. */
  bandwidthBytesPerS: number
}

/** One side of a transfer: an instance, with the links of each of its replicas. */
export interface LinkEnd {
  key: object
  lanes: number
}

export class KvLinks {
  /** When the links of each replica of an instance are free. */
  private readonly freeNs = new Map<object, number[]>()

  constructor(private readonly options: TransferOptions) {}

  /** When the KV of so many tokens is there. */
  transfer(from: Instance, to: Instance, tokens: number, now: number): number {
    // Each device of the receiver gets its share; the senders' devices send all of them in equal parts.
    const receivedBytes = to.options.kv.sequenceBytes(tokens)
    const sentBytes = (receivedBytes * devicesOf(to)) / devicesOf(from)
    return this.send(endOf(from), endOf(to), Math.max(receivedBytes, sentBytes), now)
  }

  /** When so many bytes are there that a device of each side sends or receives. */
  send(from: LinkEnd, to: LinkEnd, bytes: number, now: number): number {
    const { latencyNs, bandwidthBytesPerS } = this.options
    const sender = this.lanes(from)
    const receiver = this.lanes(to)
    const out = soonest(sender)
    const into = soonest(receiver)
    const startNs = Math.max(now, sender[out]!, receiver[into]!)
    const sentNs = startNs + (bytes * 1e9) / bandwidthBytesPerS
    sender[out] = sentNs
    receiver[into] = sentNs
    return sentNs + latencyNs
  }

  private lanes({ key, lanes: count }: LinkEnd): number[] {
    let lanes = this.freeNs.get(key)
    if (lanes === undefined) {
      lanes = new Array<number>(count).fill(0)
      this.freeNs.set(key, lanes)
    }
    return lanes
  }
}

const endOf = (instance: Instance): LinkEnd => ({
  key: instance,
  lanes: instance.options.kv.replicas,
})

/** Devices that hold a sequence. */
const devicesOf = ({ options: { devices, kv } }: Instance) => devices / kv.replicas

function soonest(lanes: readonly number[]): number {
  let best = 0
  for (let i = 1; i < lanes.length; i++) if (lanes[i]! < lanes[best]!) best = i
  return best
}
