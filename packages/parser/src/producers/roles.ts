// What the categories of an event mean. Each producer of traces has a file that lists its own.

/** Part that an event plays in a kernel trace. */
export enum Role {
  None,
  Kernel,
  Memcpy,
  Memset,
  Runtime,
  Operator,
  PythonFrame,
  HostAnnotation,
  DeviceAnnotation,
  ProfilerSpan,
  Synchronization,
}

/** A program that writes traces: its name and the part that each of its categories plays. */
export interface Producer {
  name: string
  categories: Readonly<Record<string, Role>>
}
