import { DTYPES, OP_NAMES } from '@flowsim/trace-schema'
import { expect, it } from 'vitest'
import list from './kinds.json' with { type: 'json' }

it('kinds of rows are listed for types and operations of the vocabulary', () => {
  for (const { byType } of [list.gemm, list.conv])
    expect(DTYPES).toEqual(expect.arrayContaining(Object.keys(byType)))
  expect(OP_NAMES).toEqual(expect.arrayContaining(Object.keys(list.streamed.byOperation)))
})
