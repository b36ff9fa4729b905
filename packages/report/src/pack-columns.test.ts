import { inflateRawSync } from 'node:zlib'
import { COLUMN_TYPES } from '@flowsim/trace-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packColumns } from './pack-columns.js'

/** The values of a packed column. */
function unpacked(values: number[]): { as: string; values: number[] } {
  const { as, data } = packColumns({ values }).columns.values!
  const bytes = Uint8Array.from(inflateRawSync(Buffer.from(data, 'base64')))
  return { as, values: [...new COLUMN_TYPES[as](bytes.buffer)] }
}

describe('packed columns', () => {
  it('give back every integer that a double holds, in the smallest array', () => {
    const integers = fc.array(fc.maxSafeInteger(), { maxLength: 50 })
    fc.assert(
      fc.property(integers, (values) => {
        expect(unpacked(values).values).toEqual(values)
      }),
    )
    expect([[-128, 127], [-129], [32_768], [2 ** 31], [0.5]].map((v) => unpacked(v).as)).toEqual([
      'i8',
      'i16',
      'i32',
      'f64',
      'f64',
    ])
  })

  it('that are absent stay absent, and an empty one is empty', () => {
    expect(packColumns({ values: undefined })).toEqual({ columns: {} })
    expect(unpacked([]).values).toEqual([])
  })
})
