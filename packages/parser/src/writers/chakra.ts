// Chakra execution traces (`.et`) for ASTRA-sim and its like: the computation and the collectives of one rank.
//
// Schema: mlcommons/chakra, schema/protobuf/et_def.proto; attributes as ASTRA-sim reads them. Only nodes of the
// device: its statistics do not know others.
import type { KernelTrace } from '@flowsim/trace-schema'
import { protobufWire } from '../protobuf/library.js'
import { type ChakraReport, chakraGraph } from './chakra-graph.js'
import type { ChakraGroups } from './chakra-groups.js'

/** Version of the schema that simulators know. */
const VERSION = '0.0.4'
const COMPUTE = 4
const COLLECTIVE = 7
const VARINT = 0
const LENGTH_DELIMITED = 2
/** Fields of an attribute by the kind of their value. */
const INT64 = 9
const BOOL = 27
const STRING = 29

/**
 * The Chakra execution trace of one rank: computation merged between collectives, in whole microseconds;
 * collectives with the bytes that the rank puts in.
 * @param groups - the same for all ranks of a job
 * @throws TraceParseError `missing_library` where \@bufbuild/protobuf is not installed
 */
export async function chakraTrace(
  trace: KernelTrace,
  groups: ChakraGroups,
): Promise<{ bytes: Uint8Array; report: ChakraReport }> {
  const { BinaryWriter } = await protobufWire('a Chakra execution trace')
  const { nodes, report } = chakraGraph(trace, groups)
  const file = new BinaryWriter()
  file.bytes(new BinaryWriter().tag(1, LENGTH_DELIMITED).string(VERSION).finish())
  for (const { id, name, after, durationUs, message } of nodes) {
    const node = new BinaryWriter()
    node.tag(1, VARINT).uint64(id)
    node.tag(2, LENGTH_DELIMITED).string(name)
    node.tag(3, VARINT).int32(message === undefined ? COMPUTE : COLLECTIVE)
    if (after.length > 0) {
      const list = new BinaryWriter()
      for (const each of after) list.uint64(each)
      node.tag(5, LENGTH_DELIMITED).bytes(list.finish())
    }
    node.tag(7, VARINT).uint64(durationUs)
    const attribute = (key: string, field: number, value: number | string | boolean) => {
      const entry = new BinaryWriter().tag(1, LENGTH_DELIMITED).string(key)
      if (typeof value === 'string') entry.tag(field, LENGTH_DELIMITED).string(value)
      else entry.tag(field, VARINT).int64(Number(value))
      node.tag(10, LENGTH_DELIMITED).bytes(entry.finish())
    }
    attribute('is_cpu_op', BOOL, false)
    if (message !== undefined) {
      attribute('comm_type', INT64, message.type)
      attribute('comm_size', INT64, message.bytes)
      if (message.group !== undefined) attribute('pg_name', STRING, message.group)
    }
    file.bytes(node.finish())
  }
  return { bytes: file.finish(), report }
}
