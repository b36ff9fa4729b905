// The messages of a Perfetto trace, as far as they are read.
//
// Schema: google/perfetto, protos/perfetto/trace/trace_packet.proto and below it: track_event/, gpu/,
// interned_data/, clock_snapshot.proto.
import type { Shape } from '../../protobuf/messages.js'

/** A number of the file: a bigint beyond 2^53. */
export type Int = number | bigint

/** A text that packets of the same sequence refer to by its number. */
export interface Interned {
  iid?: Int
  text?: string
}
const INTERNED: Shape = { 1: ['iid', 'uint'], 2: ['text', 'text'] }

/** A member of an event's arguments; one without any value is an empty list. */
export interface RawAnnotation {
  nameIid?: Int
  name?: string
  bool?: Int
  value?: Int | string
  valueIid?: Int
  json?: string
  entries?: RawAnnotation[]
  items?: RawAnnotation[]
}
const ANNOTATION: { [field: number]: Shape[number] } = {
  1: ['nameIid', 'uint'],
  2: ['bool', 'uint'],
  3: ['value', 'uint'],
  4: ['value', 'int'],
  5: ['value', 'double'],
  6: ['value', 'text'],
  7: ['value', 'uint'],
  9: ['json', 'text'],
  10: ['name', 'text'],
  17: ['valueIid', 'uint'],
}
ANNOTATION[11] = ['entries', ANNOTATION, 'repeated']
ANNOTATION[12] = ['items', ANNOTATION, 'repeated']

/** What happened on a track. */
export interface TrackEvent {
  categoryIids?: number[]
  categories?: string[]
  annotations?: RawAnnotation[]
  type?: Int
  nameIid?: Int
  name?: string
  track?: Int
  oldFlows?: number[]
  flows?: Int[]
  oldLastFlows?: number[]
  lastFlows?: Int[]
  gpu?: { submits?: number[] }
}
const TRACK_EVENT: Shape = {
  3: ['categoryIids', 'ints'],
  4: ['annotations', ANNOTATION, 'repeated'],
  9: ['type', 'uint'],
  10: ['nameIid', 'uint'],
  11: ['track', 'uint'],
  22: ['categories', 'text', 'repeated'],
  23: ['name', 'text'],
  36: ['oldFlows', 'ints'],
  42: ['oldLastFlows', 'ints'],
  47: ['flows', 'fixed64', 'repeated'],
  48: ['lastFlows', 'fixed64', 'repeated'],
  3000: ['gpu', { 1: ['submits', 'ints'] }],
}

/** Types of track events. */
export const SLICE_BEGIN = 1
export const SLICE_END = 2

interface Dim3 {
  x?: Int
  y?: Int
  z?: Int
}
const DIM3: Shape = { 1: ['x', 'uint'], 2: ['y', 'uint'], 3: ['z', 'uint'] }

/** A named value of a kernel's launch. */
interface ComputeArg {
  nameIid?: Int
  name?: string
  value?: Int | string
}
const COMPUTE_ARG: Shape = {
  1: ['nameIid', 'uint'],
  2: ['name', 'text'],
  3: ['value', 'int'],
  4: ['value', 'uint'],
  5: ['value', 'double'],
  6: ['value', 'text'],
}

/** What ran on a queue of a GPU. */
export interface RenderStage {
  id?: Int
  durationNs?: Int
  queueIid?: Int
  stageIid?: Int
  gpu?: Int
  name?: string
  nameIid?: Int
  kernelIid?: Int
  logicalQueue?: Int
  extra?: { name?: string; value?: string }[]
  launch?: { grid?: Dim3; block?: Dim3; args?: ComputeArg[] }
}
const RENDER_STAGE: Shape = {
  1: ['id', 'uint'],
  2: ['durationNs', 'uint'],
  6: ['extra', { 1: ['name', 'text'], 2: ['value', 'text'] }, 'repeated'],
  11: ['gpu', 'int'],
  13: ['queueIid', 'uint'],
  14: ['stageIid', 'uint'],
  17: ['name', 'text'],
  19: ['kernelIid', 'uint'],
  20: ['nameIid', 'uint'],
  21: ['launch', { 1: ['grid', DIM3], 2: ['block', DIM3], 3: ['args', COMPUTE_ARG, 'repeated'] }],
  22: ['logicalQueue', 'uint'],
}

/** What later packets of the sequence refer to. */
export interface InternedData {
  categories?: Interned[]
  names?: Interned[]
  annotationNames?: Interned[]
  annotationTexts?: Interned[]
  gpuStages?: Interned[]
  kernels?: (Interned & { demangled?: string })[]
  computeArgs?: Interned[]
}
const INTERNED_DATA: Shape = {
  1: ['categories', INTERNED, 'repeated'],
  2: ['names', INTERNED, 'repeated'],
  3: ['annotationNames', INTERNED, 'repeated'],
  24: ['gpuStages', INTERNED, 'repeated'],
  29: ['annotationTexts', INTERNED, 'repeated'],
  1000: ['kernels', { ...INTERNED, 3: ['demangled', 'text'] }, 'repeated'],
  1001: ['computeArgs', INTERNED, 'repeated'],
}

/** A track: a process, a thread, a stream, whatever events are shown on one line. */
export interface RawTrack {
  uuid?: Int
  name?: string
  staticName?: string
  parent?: Int
  process?: { pid?: Int; name?: string }
  thread?: { pid?: Int; tid?: Int; name?: string }
}
const TRACK: Shape = {
  1: ['uuid', 'uint'],
  2: ['name', 'text'],
  3: ['process', { 1: ['pid', 'int'], 6: ['name', 'text'] }],
  4: ['thread', { 1: ['pid', 'int'], 2: ['tid', 'int'], 5: ['name', 'text'] }],
  5: ['parent', 'uint'],
  10: ['staticName', 'text'],
}

/** What one clock showed. */
export interface ClockReading {
  id?: Int
  timestamp?: Int
  isIncremental?: Int
  unitNs?: Int
}
/** What several clocks showed at one moment. */
export interface ClockSnapshot {
  clocks?: ClockReading[]
  primary?: Int
}
const CLOCK_SNAPSHOT: Shape = {
  1: [
    'clocks',
    {
      1: ['id', 'uint'],
      2: ['timestamp', 'uint'],
      3: ['isIncremental', 'uint'],
      4: ['unitNs', 'uint'],
    },
    'repeated',
  ],
  2: ['primary', 'uint'],
}

/** One packet. */
export interface Packet {
  timestamp?: Int
  clock?: Int
  sequence?: Int
  flags?: Int
  isCleared?: Int
  isAfterLoss?: Int
  pid?: Int
  interned?: InternedData
  defaults?: { clock?: Int; event?: { track?: Int } }
  clocks?: ClockSnapshot
  track?: RawTrack
  event?: TrackEvent
  stage?: RenderStage
  deflated?: Uint8Array
  zstd?: Uint8Array
}
export const PACKET: Shape = {
  6: ['clocks', CLOCK_SNAPSHOT],
  8: ['timestamp', 'uint'],
  10: ['sequence', 'uint'],
  11: ['event', TRACK_EVENT],
  12: ['interned', INTERNED_DATA],
  13: ['flags', 'uint'],
  41: ['isCleared', 'uint'],
  42: ['isAfterLoss', 'uint'],
  50: ['deflated', 'bytes'],
  53: ['stage', RENDER_STAGE],
  58: ['clock', 'uint'],
  59: ['defaults', { 11: ['event', { 11: ['track', 'uint'] }], 58: ['clock', 'uint'] }],
  60: ['track', TRACK],
  79: ['pid', 'int'],
  133: ['zstd', 'bytes'],
}

/** Bits of a packet's flags. */
export const STATE_CLEARED = 1
export const NEEDS_STATE = 2
