import { describe, expect, it } from 'vitest'
import { DTYPES, dtypeBytes, parseDtype } from './dtype.js'

describe('parseDtype', () => {
  it.each([
    ['c10::BFloat16', 'bf16'],
    ['torch.float16', 'fp16'],
    ['BFloat16', 'bf16'],
    ['__nv_bfloat16', 'bf16'],
    ['cutlass::half_t', 'fp16'],
    ['const float', 'fp32'],
    ['long int', 'int64'],
    ['c10::Float8_e4m3fn', 'fp8_e4m3'],
    ['*bf16', 'bf16'],
    ['unsigned char', 'uint8'],
    ['Byte', 'uint8'],
  ])('reads %s as %s', (name, dtype) => {
    expect(parseDtype(name)).toBe(dtype)
  })

  it.each(['Scalar', 'TensorList', '', 'constructor'])(
    'knows that %j is not an element type',
    (name) => {
      expect(parseDtype(name)).toBeUndefined()
    },
  )

  it('reads its own spellings', () => {
    for (const dtype of DTYPES) expect(parseDtype(dtype)).toBe(dtype)
  })
})

it('4-bit elements take half a byte', () => {
  expect(dtypeBytes('fp4_e2m1')).toBe(0.5)
})
