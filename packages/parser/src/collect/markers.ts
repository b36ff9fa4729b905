// What programs write into ranges of NVTX and roctx: the operators of PyTorch's emit_nvtx, modules, or
// whatever the user calls a part of the program.
//
//   aten::mm, op_id = 12, sizes = [[4, 8], [8, 16]], input_op_ids = […]   torch.autograd.profiler.emit_nvtx
//   {'Module': 'model.layers.0.mlp', 'Inputs': [[8, 4096]], …}            hooks around modules (vLLM, NVIDIA)
//   model.layers.0.mlp                                                    the path of a module
import type { EventWriter, WrittenHostEvent } from './event-writer.js'

const OPERATOR = /^([A-Za-z_][\w:.~]*), (?:seq = \d+, )?op_id = (\d+)(.*)$/s
const SIZES = /sizes = (\[.*?\])(?:, input_op_ids|$)/s
const MODULE_DICTIONARY = /^\{['"]Module['"]: ['"]([^'"]+)['"]/
const MODULE_PATH = /^[A-Za-z_]\w*(?:\.\w+)*\.\d+(?:\.\w+)*$/

/** Writes a range as what its text says that it is. */
export function writeMarker(writer: EventWriter, range: WrittenHostEvent): void {
  const { name } = range
  const operator = OPERATOR.exec(name)
  if (operator !== null) {
    const [, called, id, rest] = operator
    writer.operator({
      ...range,
      name: called!,
      externalId: Number(id),
      shapes: shapesOf(SIZES.exec(rest!)?.[1]),
    })
    return
  }
  const module = MODULE_DICTIONARY.exec(name)?.[1] ?? (MODULE_PATH.test(name) ? name : undefined)
  if (module === undefined) writer.annotation(range)
  else writer.frame({ ...range, name: `nn.Module: ${module}` })
}

function shapesOf(text: string | undefined): unknown[] | undefined {
  if (text === undefined) return undefined
  try {
    const shapes: unknown = JSON.parse(text)
    return Array.isArray(shapes) && shapes.every(Array.isArray) ? shapes : undefined
  } catch {
    return undefined
  }
}
