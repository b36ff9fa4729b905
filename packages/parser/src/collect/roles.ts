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
