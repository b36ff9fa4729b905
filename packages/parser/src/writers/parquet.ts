// Kernel tables as Parquet, with the columns of the CSV.
import { missing } from '../needed.js'
import {
  KERNEL_COLUMNS,
  type KernelColumn,
  type KernelRow,
  type KernelRows,
  kernelRows,
} from './columns.js'

const TYPES = { string: 'STRING', integer: 'INT64', double: 'DOUBLE', boolean: 'BOOLEAN' } as const

/**
 * A Parquet file of kernels.
 * @throws TraceParseError `missing_library` where hyparquet-writer is not installed
 */
export async function kernelParquet(kernels: KernelRows): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer').catch(
    missing('hyparquet-writer', 'a Parquet file'),
  )
  const rows = [...kernelRows(kernels)]
  const buffer = parquetWriteBuffer({
    columnData: KERNEL_COLUMNS.map((column) => ({
      name: column.name,
      type: TYPES[column.type],
      nullable: true,
      data: rows.map((row) => cell(column, row)),
    })),
  })
  return new Uint8Array(buffer)
}

function cell(column: KernelColumn, row: KernelRow): string | number | boolean | bigint | null {
  const value = column.value(row)
  if (value === undefined) return null
  return column.type === 'integer' ? BigInt(value as number) : value
}
