// Execution traces for tests, as execution_trace_observer.cpp lays them out.

export interface MadeNode {
  name: string
  /** Number of the call; none of threads and processes. */
  rfId?: number
  inputs?: { values: unknown[]; shapes: unknown[]; types: string[]; strides?: unknown[] }
  outputs?: { values: unknown[]; shapes: unknown[]; types: string[]; strides?: unknown[] }
  attrs?: Record<string, string | number>
}

const NOTHING = { values: [], shapes: [], types: [], strides: [] }

/** An execution trace of version 1.1.1-chakra.0.0.4. */
export function executionTraceText(nodes: readonly MadeNode[], pid = 100): string {
  return JSON.stringify({
    schema: '1.1.1-chakra.0.0.4',
    pid,
    time: '2026-11-01 00:00:00',
    start_ts: 1,
    nodes: nodes.map(({ name, rfId = 0, inputs, outputs, attrs = {} }, i) => ({
      id: i + 2,
      name,
      ctrl_deps: 1,
      inputs: { ...NOTHING, ...inputs },
      outputs: { ...NOTHING, ...outputs },
      attrs: Object.entries({ rf_id: rfId, fw_parent: 0, op_schema: '', ...attrs }).map(
        ([key, value]) => ({ name: key, type: typeof value, value }),
      ),
    })),
    finish_ts: 2,
  })
}

/** The same as version 1.0.1 has it: members in the nodes themselves. */
export function oldExecutionTraceText(nodes: readonly MadeNode[]): string {
  return JSON.stringify({
    schema: '1.0.1',
    pid: 100,
    nodes: nodes.map(({ name, rfId = 0, inputs = NOTHING, outputs = NOTHING }, i) => ({
      ...{ name, id: i + 2, rf_id: rfId, parent: 1, op_schema: '' },
      inputs: inputs.values,
      input_shapes: inputs.shapes,
      input_types: inputs.types,
      outputs: outputs.values,
      output_shapes: outputs.shapes,
      output_types: outputs.types,
    })),
  })
}

/** `aten::addmm` of tensors 3 and 5 into 18, and `aten::cat` of a list. */
export const CALLS: readonly MadeNode[] = [
  { name: '[pytorch|profiler|execution_trace|thread]' },
  {
    name: 'aten::addmm',
    rfId: 5,
    inputs: {
      values: [
        [3, 4, 0, 524288, 2, 'cuda:0'],
        [5, 6, 0, 1048576, 2, 'cuda:0'],
        [[7, 8], 1, '<None>'],
        1,
        '<None>',
      ],
      shapes: [[512, 1024], [1024, 2048], [[], []], [], []],
      types: ['Tensor(c10::Half)', 'Tensor(c10::Half)', 'GenericList[Int,Int]', 'Int', 'None'],
      strides: [[1024, 1], [1, 1024], [[], []], [], []],
    },
    outputs: {
      values: [[18, 19, 0, 1048576, 2, 'cuda:0']],
      shapes: [[512, 2048]],
      types: ['Tensor(c10::Half)'],
    },
  },
  {
    name: 'aten::cat',
    rfId: 6,
    inputs: {
      values: [
        [
          [18, 19, 0, 8, 4, 'cuda:0'],
          [20, 21, 0, 8, 4, 'cuda:0'],
        ],
        0,
      ],
      shapes: [
        [
          [2, 4],
          [3, 4],
        ],
        [],
      ],
      types: ['GenericList[Tensor(float),Tensor(float)]', 'Int'],
    },
  },
]

/** A collective of the group "1", which has two of four ranks. */
export const COLLECTIVE: readonly MadeNode[] = [
  {
    name: '## process_group:init ##',
    rfId: 1,
    inputs: {
      values: [
        JSON.stringify([
          { pg_name: '0', pg_desc: 'default_pg', backend_config: 'cuda:nccl', group_size: 4 },
          {
            pg_name: '1',
            pg_desc: 'TP',
            backend_config: 'cuda:nccl',
            ranks: [2, 3],
            group_size: 2,
          },
        ]),
      ],
      shapes: [[]],
      types: ['String'],
    },
  },
  {
    name: 'record_param_comms',
    rfId: 9,
    inputs: {
      values: [[18, 19, 0, 4096, 2, 'cuda:0'], 3],
      shapes: [[4096], []],
      types: ['Tensor(c10::BFloat16)', 'Int'],
    },
    attrs: {
      collective_name: 'allreduce',
      dtype: 'BFloat16',
      in_msg_nelems: 4096,
      out_msg_nelems: 4096,
      pg_name: '1',
      pg_desc: 'TP',
      pg_size: 2,
    },
  },
]
