// The tracks of a Perfetto trace: which thread, or which stream of which device, events on them belong to.
//
//   rocprofv3                          COMPUTE AGENT [4] STREAM [1] (GPU), COPY to AGENT [4] STREAM [1] (GPU),
//                                      COMPUTE Agent [4] QUEUE [0] GPU, THREAD 2 (4711)
//   rocprofiler-systems                GPU Kernel Dispatch [0] Queue 1, GPU Memory Copy to Agent [2] Thread 0
//   torch.profiler                     thread "stream 7" of process "GPU 0"
import type { Id } from '../../collect/threads.js'
import type { Int, RawTrack } from './schema.js'

const ON_DEVICE =
  /^(?:COMPUTE|COPY to|GPU Kernel Dispatch|GPU Memory Copy to)(?: \w+)? ?\[(\d+)\] (?:STREAM|QUEUE|THREAD)/i
const LANE = /(?:STREAM|QUEUE|THREAD) \[?(\d+)/i
const STREAM = /^stream (-?\d+)/i
const GPU = /^GPU (\d+)/i
const THREAD = /^THREAD \d+ \((\d+)\)/

/** Where the events of a track belong. */
export interface Track {
  pid: Id | undefined
  tid: Id | undefined
  /** Of tracks of devices. */
  device: number | undefined
  stream: number | undefined
}

export class Tracks {
  readonly #raw = new Map<Int, RawTrack>()
  readonly #known = new Map<Int, Track>()

  add(track: RawTrack): void {
    const { uuid = 0 } = track
    this.#raw.set(uuid, { ...this.#raw.get(uuid), ...track })
    this.#known.delete(uuid)
  }

  /** Undefined where the file has not described it yet. */
  get(uuid: Int): Track | undefined {
    let track = this.#known.get(uuid)
    if (track === undefined) {
      const raw = this.#raw.get(uuid)
      if (raw === undefined) return undefined
      track = this.#read(raw)
      this.#known.set(uuid, track)
    }
    return track
  }

  #read(raw: RawTrack): Track {
    const name = nameOf(raw)
    const parent = raw.parent === undefined ? undefined : this.#raw.get(raw.parent)
    const pid = raw.thread?.pid ?? raw.process?.pid ?? parent?.process?.pid ?? parent?.thread?.pid
    const tid = raw.thread?.tid ?? THREAD.exec(name)?.[1] ?? parent?.thread?.tid
    const track = { pid: idOf(pid), tid: idOf(tid), device: undefined, stream: undefined }
    const device = ON_DEVICE.exec(name)?.[1]
    if (device !== undefined) {
      return { ...track, device: Number(device), stream: numberOf(LANE.exec(name)?.[1]) }
    }
    const stream = STREAM.exec(name)?.[1]
    const gpu = parent === undefined ? undefined : GPU.exec(nameOf(parent))?.[1]
    if (stream === undefined || gpu === undefined) return track
    return { ...track, device: Number(gpu), stream: Number(stream) }
  }
}

function nameOf({ name, staticName, process, thread }: RawTrack): string {
  return name || staticName || thread?.name || process?.name || ''
}

function idOf(value: Int | string | undefined): Id | undefined {
  return value === undefined ? undefined : Number(value)
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
