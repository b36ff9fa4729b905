// Something for each stream of each device.
import type { KernelEvent } from '@flowsim/trace-schema'

/** Values by device and stream, made when first asked for. */
export class Streams<Value> {
  readonly #devices = new Map<number, Map<number, Value>>()

  constructor(private readonly make: () => Value) {}

  of({ device, stream }: KernelEvent): Value {
    let streams = this.#devices.get(device)
    if (streams === undefined) {
      streams = new Map()
      this.#devices.set(device, streams)
    }
    let found = streams.get(stream)
    if (found === undefined) {
      found = this.make()
      streams.set(stream, found)
    }
    return found
  }

  /** Every value, in the order in which the streams were first seen. */
  *all(): Iterable<Value> {
    for (const streams of this.#devices.values()) yield* streams.values()
  }
}
