#!/usr/bin/env node
// Stands where AstraSim_Analytical_Congestion_Aware would: reads the Chakra traces of all ranks and the network, runs
// each rank's nodes one after the other with collectives in a ring, and prints what ASTRA-sim prints.
import { existsSync, readFileSync } from 'node:fs'

const COMPUTE = 4
const COLLECTIVE = 7
const ALL_REDUCE = 0
const ALL_GATHER = 2

const options = new Map(
  process.argv.slice(2).map((word) => word.replace(/^--/, '').split(/=(.*)/s)),
)
const network = readFileSync(options.get('network-configuration'), 'utf8')
const value = (key) => Number(new RegExp(`^${key}: *\\[ *([\\d.]+)`, 'm').exec(network)?.[1])
/** GB/s are bytes a nanosecond; a cycle is a nanosecond. */
const [npus, bytesPerNs, latencyNs] = ['npus_count', 'bandwidth', 'latency'].map(value)

for (let npu = 0; npu < npus; npu++) {
  const path = `${options.get('workload-configuration')}.${npu}.et`
  if (!existsSync(path)) {
    console.log(`[workload] [critical] workload file: ${path} does not exist`)
    process.exit(1)
  }
  let [compute, exposed] = [0, 0]
  for (const { type, durationUs, comm_type: kind, comm_size: bytes } of nodesOf(path)) {
    if (type === COMPUTE) compute += Math.max(1, durationUs * 1000)
    else if (type === COLLECTIVE) exposed += Math.round(ringNs(kind, bytes))
  }
  const end = compute + exposed
  console.log(
    `[workload] [info] sys[${npu}] finished, ${end} cycles, exposed communication ${exposed} cycles.`,
  )
  console.log(`[statistics] [info] sys[${npu}], Wall time: ${end}`)
  console.log(`[statistics] [info] sys[${npu}], GPU time: ${compute}`)
  console.log(`[statistics] [info] sys[${npu}], Comm time: ${exposed}`)
}

/** Steps of a ring, each a part of what a rank puts in; an all-reduce goes round twice, an all-gather with the whole. */
function ringNs(kind, bytes) {
  const part = kind === ALL_GATHER ? bytes : bytes / npus
  return (kind === ALL_REDUCE ? 2 : 1) * (npus - 1) * (latencyNs + part / bytesPerNs)
}

/** Nodes of a Chakra trace: protobuf messages, each after its length; the first describes the file. */
function nodesOf(path) {
  const messages = fieldsOf(readFileSync(path), true).slice(1)
  return messages.map((message) => {
    const node = { type: 0, durationUs: 0 }
    for (const { field, value } of fieldsOf(message)) {
      if (field === 3) node.type = value
      else if (field === 7) node.durationUs = value
      else if (field === 10) {
        const attribute = fieldsOf(value)
        // Text has field 29; the rest is numbers.
        if (attribute[1] !== undefined) node[String(attribute[0].value)] = attribute[1].value
      }
    }
    return node
  })
}

/** Fields of a message, or with `delimited` the messages of a file. */
function fieldsOf(bytes, delimited = false) {
  const found = []
  let at = 0
  const varint = () => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = bytes[at++]
      value += (byte & 127) * scale
      scale *= 128
      if (byte < 128) return value
    }
  }
  const chunk = () => {
    const length = varint()
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    if (delimited) {
      found.push(chunk())
      continue
    }
    const tag = varint()
    found.push({ field: tag >> 3, value: (tag & 7) === 2 ? chunk() : varint() })
  }
  return found
}
