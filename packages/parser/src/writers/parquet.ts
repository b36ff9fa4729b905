// Kernel tables as Parquet, with the columns of the CSV.
import type { KernelColumn, KernelRow } from './columns.js'
import { KERNEL_COLUMNS } from './columns.js'

const TYPES = { string: 'STRING', integer: 'INT64', double: 'DOUBLE', boolean: 'BOOLEAN' } as const

/** A Parquet file of the rows. */
export async function kernelParquet(rows: readonly KernelRow[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
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
