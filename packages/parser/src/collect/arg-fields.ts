// The members of an event's `args` that are kept, by the names that producers give them.

/** What a member of `args` is. */
export enum ArgField {
  Other,
  Bookkeeping,
  ExternalId,
  Correlation,
  Device,
  Stream,
  Grid,
  Block,
  Registers,
  SharedMemory,
  Bytes,
  GraphNode,
  Shapes,
  Types,
  Strides,
  Values,
  Collective,
  WaitsForStream,
  WaitsForCorrelation,
  LaunchedKernel,
  Module,
  RecordFunction,
}

const FIELDS: Record<string, ArgField> = {
  'External id': ArgField.ExternalId,
  'external id': ArgField.ExternalId,
  correlation: ArgField.Correlation,
  device: ArgField.Device,
  stream: ArgField.Stream,
  grid: ArgField.Grid,
  block: ArgField.Block,
  'registers per thread': ArgField.Registers,
  'shared memory': ArgField.SharedMemory,
  bytes: ArgField.Bytes,
  'graph node id': ArgField.GraphNode,
  wait_on_stream: ArgField.WaitsForStream,
  wait_on_cuda_event_record_corr_id: ArgField.WaitsForCorrelation,
  // PyTorch's annotated CUDA graphs: the module that a kernel was captured in.
  module_fqn: ArgField.Module,
  // ROCm: what a launch runs.
  kernel: ArgField.LaunchedKernel,
  'Input Dims': ArgField.Shapes,
  'Input dims': ArgField.Shapes,
  'Input type': ArgField.Types,
  'Input types': ArgField.Types,
  'Input Strides': ArgField.Strides,
  'Concrete Inputs': ArgField.Values,
  'Collective name': ArgField.Collective,
  'In msg nelems': ArgField.Collective,
  'Out msg nelems': ArgField.Collective,
  'In split size': ArgField.Collective,
  'Out split size': ArgField.Collective,
  'Group size': ArgField.Collective,
  dtype: ArgField.Collective,
  'Process Group Name': ArgField.Collective,
  'Process Group Description': ArgField.Collective,
  'Process Group Ranks': ArgField.Collective,
  Seq: ArgField.Collective,
  'Src Rank': ArgField.Collective,
  'Dst Rank': ArgField.Collective,
  // PyTorch's number of the call, which execution traces have, too.
  'Record function id': ArgField.RecordFunction,
  // Numbers of the profiler's own, different for each event.
  'Ev Idx': ArgField.Bookkeeping,
  'Sequence number': ArgField.Bookkeeping,
  'Fwd thread id': ArgField.Bookkeeping,
  finished: ArgField.Bookkeeping,
  'Python id': ArgField.Bookkeeping,
  'Python parent id': ArgField.Bookkeeping,
  'Python thread': ArgField.Bookkeeping,
  'Python module id': ArgField.Bookkeeping,
  Rank: ArgField.Bookkeeping,
}

/** What the member with a name is. */
export function argField(name: string): ArgField {
  return Object.hasOwn(FIELDS, name) ? FIELDS[name]! : ArgField.Other
}
