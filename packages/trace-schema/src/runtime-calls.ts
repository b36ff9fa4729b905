// What calls of the CUDA, HIP and Level Zero runtimes and drivers do to the order of events.
// CUDA Runtime API, "API synchronization behavior"; HIP runtime API reference, stream management.

/** What a runtime call does to the order of events. */
export enum CallRole {
  /** Nothing: its time is the host's own. */
  Other,
  Launch,
  GraphLaunch,
  /** Runs a function of the host in the order of a stream. */
  HostFunction,
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
  [/LaunchHostFunc/, CallRole.HostFunction],
  [/Launch/, CallRole.Launch],
  [/Memcpy|Memset/, CallRole.Copy],
]

/** The role of a call by its name, such as `cudaLaunchKernel`. */
export function callRole(api: string): CallRole {
  return ROLES.find(([pattern]) => pattern.test(api))?.[1] ?? CallRole.Other
}

/** Whether calls of a role put work on a stream that the trace shows. */
export function putsWork(role: CallRole): boolean {
  return role === CallRole.Launch || role === CallRole.GraphLaunch || role === CallRole.Copy
}

/** Whether calls of a role are there to wait for a device. */
export function waitsForDevice(role: CallRole): boolean {
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

/** Whether a call replays a CUDA or HIP graph. */
export function isGraphLaunch(api: string): boolean {
  return api.includes('GraphLaunch')
}

/** The stream number with which CUPTI says "all streams of the context". */
export const ALL_STREAMS = 0xffffffff
