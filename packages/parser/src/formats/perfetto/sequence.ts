// What the packets of one writer share: texts that they refer to by number, and defaults.
import type { Int, Interned, InternedData, RawAnnotation } from './schema.js'

/** Arguments of an event by their names. */
export type Args = Record<string, unknown>

export class Sequence {
  /** Whether nothing is missing of what packets may refer to. */
  isComplete = false
  defaultClock: Int | undefined
  defaultTrack: Int | undefined
  readonly categories = new Map<Int, string>()
  readonly names = new Map<Int, string>()
  readonly gpuStages = new Map<Int, string>()
  readonly kernels = new Map<Int, string>()
  readonly computeArgs = new Map<Int, string>()
  readonly #annotationNames = new Map<Int, string>()
  readonly #annotationTexts = new Map<Int, string>()

  /** Forgets all: the writer says it again before it refers to it. */
  clear(): void {
    this.isComplete = true
    this.defaultClock = undefined
    this.defaultTrack = undefined
    this.categories.clear()
    this.names.clear()
    this.gpuStages.clear()
    this.kernels.clear()
    this.computeArgs.clear()
    this.#annotationNames.clear()
    this.#annotationTexts.clear()
  }

  add(data: InternedData): void {
    addAll(this.categories, data.categories)
    addAll(this.names, data.names)
    addAll(this.gpuStages, data.gpuStages)
    addAll(this.computeArgs, data.computeArgs)
    addAll(this.#annotationNames, data.annotationNames)
    addAll(this.#annotationTexts, data.annotationTexts)
    for (const { iid = 0, text = '', demangled } of data.kernels ?? []) {
      this.kernels.set(iid, demangled || text)
    }
  }

  args(annotations: readonly RawAnnotation[] | undefined): Args {
    const args: Args = {}
    for (const annotation of annotations ?? []) {
      args[this.#nameOf(annotation)] = this.#valueOf(annotation)
    }
    return args
  }

  #nameOf({ name, nameIid }: RawAnnotation): string {
    return name ?? (nameIid === undefined ? '' : (this.#annotationNames.get(nameIid) ?? ''))
  }

  #valueOf(annotation: RawAnnotation): unknown {
    const { value, bool, valueIid, json, entries, items } = annotation
    if (value !== undefined) return value
    if (bool !== undefined) return Number(bool) !== 0
    if (valueIid !== undefined) return this.#annotationTexts.get(valueIid) ?? ''
    if (json !== undefined) return jsonOf(json)
    if (entries !== undefined) return this.args(entries)
    return (items ?? []).map((item) => this.#valueOf(item))
  }
}

function addAll(map: Map<Int, string>, entries: readonly Interned[] | undefined): void {
  for (const { iid = 0, text = '' } of entries ?? []) map.set(iid, text)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
