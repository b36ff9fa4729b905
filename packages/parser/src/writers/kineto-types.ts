// Kineto's names of element types, as PyTorch's dispatcher prints them.
import type { Dtype } from '@flowsim/trace-schema'

export const KINETO_TYPES: Readonly<Record<Dtype, string>> = {
  fp64: 'double',
  fp32: 'float',
  tf32: 'float',
  fp16: 'c10::Half',
  bf16: 'c10::BFloat16',
  fp8_e4m3: 'c10::Float8_e4m3fn',
  fp8_e5m2: 'c10::Float8_e5m2',
  fp4_e2m1: 'c10::Float4_e2m1fn_x2',
  int64: 'long int',
  int32: 'int',
  int16: 'short int',
  int8: 'signed char',
  int4: 'c10::qint4',
  uint64: 'unsigned long',
  uint32: 'unsigned int',
  uint16: 'unsigned short',
  uint8: 'unsigned char',
  bool: 'bool',
  complex64: 'c10::complex<float>',
  complex128: 'c10::complex<double>',
}
