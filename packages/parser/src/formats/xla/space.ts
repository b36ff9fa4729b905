// XSpace, the profile of XLA: planes (devices, the host), their lines (streams, threads) and events, whose
// names and statistics stand in tables of the plane.
//
// Schema: openxla/xla, third_party/tsl/tsl/profiler/protobuf/xplane.proto; names of planes, lines and
// statistics: xla/tsl/profiler/utils/xplane_schema.cc.
import type { MessageReader, Shape } from '../../protobuf/messages.js'

const STAT: Shape = {
  1: ['metadataId', 'int'],
  2: ['value', 'double'],
  3: ['value', 'uint'],
  4: ['value', 'int'],
  5: ['value', 'text'],
  6: ['value', 'bytes'],
  7: ['ref', 'uint'],
}
const STATS = ['stats', STAT, 'repeated'] as const
const EVENT_METADATA: Shape = { 2: ['name', 'text'], 4: ['displayName', 'text'], 5: STATS }
const PLANE: Shape = {
  2: ['name', 'text'],
  // The tables that they refer to follow them.
  3: ['lines', 'bytes', 'repeated'],
  4: ['events', { 1: ['key', 'int'], 2: ['value', EVENT_METADATA] }, 'repeated'],
  5: ['statistics', { 1: ['key', 'int'], 2: ['value', { 2: ['name', 'text'] }] }, 'repeated'],
  6: STATS,
}
const LINE: Shape = {
  1: ['id', 'int'],
  2: ['name', 'text'],
  3: ['timestampNs', 'int'],
  11: ['displayName', 'text'],
}
const EVENTS = 4
const EVENT: Shape = {
  1: ['metadataId', 'int'],
  2: ['offsetPs', 'int'],
  3: ['durationPs', 'int'],
  4: STATS,
}
const SPACE: Shape = {
  2: ['errors', 'text', 'repeated'],
  3: ['warnings', 'text', 'repeated'],
  4: ['hostnames', 'text', 'repeated'],
}
const PLANES = 1

type Int = number | bigint

interface RawStat {
  metadataId?: Int
  value?: number | bigint | string | Uint8Array
  ref?: Int
}

interface RawPlane {
  name?: string
  lines?: Uint8Array[]
  events?: {
    key?: Int
    value?: { name?: string; displayName?: string; stats?: RawStat[] }
  }[]
  statistics?: { key?: Int; value?: { name?: string } }[]
  stats?: RawStat[]
}

/** Values by the names of their statistics. */
export type Stats = ReadonlyMap<string, number | bigint | string | Uint8Array>

/** What the events of one kind share. */
export interface EventKind {
  id: Int
  name: string
  /** Name for people; empty where it is the same. */
  displayName: string
  stats: Stats
}

export interface Line {
  id: Int
  name: string
  /** What its events count from. */
  timestampNs: bigint
  bytes: Uint8Array
}

export interface LineEvent {
  kind: EventKind
  startNs: bigint
  endNs: bigint
  /** Its statistics; see `Plane.stats`. */
  raw: readonly RawStat[]
}

const NO_STATS: Stats = new Map()

/** A device, the host, or a table of what was compiled. */
export class Plane {
  readonly name: string
  readonly stats: Stats
  /** Kinds of events by their numbers. */
  readonly kinds = new Map<Int, EventKind>()
  readonly #statistics = new Map<Int, string>()
  readonly #lines: readonly Uint8Array[]

  constructor(
    private readonly reader: MessageReader,
    bytes: Uint8Array,
  ) {
    const raw = reader.read<RawPlane>(bytes, PLANE)
    this.name = raw.name ?? ''
    this.#lines = raw.lines ?? []
    for (const { key = 0, value } of raw.statistics ?? []) {
      this.#statistics.set(key, value?.name ?? '')
    }
    this.stats = this.statsOf(raw.stats ?? [])
    for (const { key = 0, value } of raw.events ?? []) {
      const { name = '', displayName = '', stats = [] } = value ?? {}
      this.kinds.set(key, { id: key, name, displayName, stats: this.statsOf(stats) })
    }
  }

  lines(): Line[] {
    return this.#lines.map((bytes) => {
      const line = this.reader.read<{
        id?: Int
        name?: string
        timestampNs?: Int
        displayName?: string
      }>(bytes, LINE)
      const { id = 0, name = '', timestampNs = 0, displayName = '' } = line
      return { id, name: name || displayName, timestampNs: BigInt(timestampNs), bytes }
    })
  }

  /** The events of a line, in the order of the file. */
  *events(line: Line): Generator<LineEvent> {
    for (const bytes of this.reader.each(line.bytes, EVENTS)) {
      const event = this.reader.read<{
        metadataId?: Int
        offsetPs?: Int
        durationPs?: Int
        stats?: RawStat[]
      }>(bytes, EVENT)
      const { metadataId = 0, offsetPs = 0, durationPs = 0, stats = [] } = event
      const start = Number(offsetPs)
      yield {
        kind: this.kinds.get(metadataId) ?? {
          id: metadataId,
          name: '',
          displayName: '',
          stats: NO_STATS,
        },
        startNs: line.timestampNs + BigInt(Math.round(start / 1000)),
        endNs: line.timestampNs + BigInt(Math.round((start + Number(durationPs)) / 1000)),
        raw: stats,
      }
    }
  }

  /** Statistics by name; texts are often numbers of others, whose names they are. */
  statsOf(stats: readonly RawStat[]): Stats {
    if (stats.length === 0) return NO_STATS
    const found = new Map<string, number | bigint | string | Uint8Array>()
    for (const { metadataId = 0, value, ref } of stats) {
      const name = this.#statistics.get(metadataId)
      const content = ref === undefined ? value : this.#statistics.get(ref)
      if (name !== undefined && content !== undefined) found.set(name, content)
    }
    return found
  }
}

/** What the profiler says of the whole. */
export interface SpaceNotes {
  errors?: string[]
  warnings?: string[]
  hostnames?: string[]
}

export const notesOf = (reader: MessageReader, bytes: Uint8Array): SpaceNotes =>
  reader.read<SpaceNotes>(bytes, SPACE)

/** The planes of a space, one by one. */
export function* planesOf(reader: MessageReader, bytes: Uint8Array): Generator<Plane> {
  for (const plane of reader.each(bytes, PLANES)) yield new Plane(reader, plane)
}
