// Settings of LoRA adapters on an instance, resolved.

export interface AdapterOptions {
  /** Different adapters that a step may have, and that each device holds. */
  slots: number
  /** Adapters that the host holds; Infinity: all of them. */
  hostAdapters: number
  /** From the host into a place on the devices; each device has a link. */
  loadNs: number
  /** From storage to the host. */
  fetchNs: number
  /** Device time that so many tokens of so many different adapters add to a step. */
  stepNs(tokens: number, adapters: number): number
}
