// Ascend, where there is only its table of kernels: `kernel_details.csv` or msprof's `op_summary_*.csv`.
// Kernels with their tensors; no launches, no operators.
import { EventWriter } from '../../collect/event-writer.js'
import { joined } from '../../input/chunks.js'
import type { TraceFormat } from '../format.js'
import { hcclMembers } from './communication.js'
import { endNsOf, isKernelTable, type KernelRow, readKernelTable } from './kernel-table.js'

export const ascendKernels: TraceFormat = {
  name: 'ascend-kernels',
  title: 'a kernel_details.csv of Ascend',
  recordKernels: 'profile with activities=[ProfilerActivity.CPU, ProfilerActivity.NPU]',
  recognises: ({ head }) => isKernelTable(new TextDecoder().decode(head.bytes.subarray(0, 4096))),

  async read(file, _, repairs) {
    const text = new TextDecoder().decode(await joined(file.open(repairs)))
    const writer = new EventWriter(repairs)
    for (const row of await readKernelTable(text, file.source)) writeRow(writer, row)
    return writer.finish()
  },
}

function writeRow(writer: EventWriter, row: KernelRow): void {
  const { name, startNs, device, stream, tensors } = row
  writer.activity({
    name,
    startNs,
    endNs: endNsOf(row),
    device: Math.max(0, device),
    stream: Math.max(0, stream),
    tensors,
    collective: row.isCommunication ? hcclMembers(name, {}) : undefined,
  })
}
