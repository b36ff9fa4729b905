// What calls of the CUDA, HIP and Level Zero runtimes and drivers do to the order of events.
// CUDA Runtime API, "API synchronization behavior"; HIP runtime API reference, stream management.

/** What a call does to the order of events. */
export enum CallRole {
  /** Nothing that replay follows: its time counts as the host's own. */
  Other,
  Launch,
  GraphLaunch,
  /** Copies and fills: some return only when the copy is done. */
  Copy,
  SyncStream,
  SyncEvent,
  SyncDevice,
  /** Frees wait for the device before they unmap memory. */
  Free,
  WaitEvent,
  RecordEvent,
}

/** First match wins. */
const ROLES: readonly [RegExp, CallRole][] = [
  [/StreamWaitEvent/, CallRole.WaitEvent],
  [/EventRecord/, CallRole.RecordEvent],
  [/StreamSynchronize|QueueFinish|QueueSynchronize/, CallRole.SyncStream],
  [/EventSynchronize|EventHostSynchronize/, CallRole.SyncEvent],
  [/(Device|Ctx|Context|Thread)Synchronize/, CallRole.SyncDevice],
  [/^(cuda|cuMem|hip)Free(Array|Mipmapped)?(_v2)?$/, CallRole.Free],
  [/GraphLaunch/, CallRole.GraphLaunch],
  [/Launch/, CallRole.Launch],
  [/Memcpy|Memset/, CallRole.Copy],
]

/** The role of a call. */
export function callRole(api: string): CallRole {
  return ROLES.find(([pattern]) => pattern.test(api))?.[1] ?? CallRole.Other
}

/** Whether a role puts work on a stream. */
export function launches(role: CallRole): boolean {
  return role === CallRole.Launch || role === CallRole.GraphLaunch || role === CallRole.Copy
}

/** Whether a role is there to wait for a device. */
export function synchronizes(role: CallRole): boolean {
  switch (role) {
    case CallRole.SyncStream:
    case CallRole.SyncEvent:
    case CallRole.SyncDevice:
    case CallRole.Free:
      return true
    default:
      return false
  }
}

/** The stream number with which CUPTI says "all streams of the context". */
export const ALL_STREAMS = 0xffffffff
