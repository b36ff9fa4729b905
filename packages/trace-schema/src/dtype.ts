// Element types: one spelling for each, and the names that profilers and frameworks use for them.

const BITS = {
  fp64: 64,
  fp32: 32,
  tf32: 32,
  fp16: 16,
  bf16: 16,
  fp8_e4m3: 8,
  fp8_e5m2: 8,
  fp4_e2m1: 4,
  int64: 64,
  int32: 32,
  int16: 16,
  int8: 8,
  int4: 4,
  uint64: 64,
  uint32: 32,
  uint16: 16,
  uint8: 8,
  bool: 8,
  complex64: 64,
  complex128: 128,
} as const

/** Element type of a tensor, in FlowSim's one spelling. */
export type Dtype = keyof typeof BITS

/** Every {@link Dtype}, widest floating-point type first. */
export const DTYPES = Object.keys(BITS) as [Dtype, ...Dtype[]]

/**
 * Size of one element in memory, in bytes; 4-bit types are half a byte. tf32 is stored as fp32.
 */
export function dtypeBytes(dtype: Dtype): number {
  return BITS[dtype] / 8
}

// Spellings seen in Kineto traces ("c10::BFloat16", "long int"), NCCL metadata ("BFloat16"),
// PyTorch ("torch.bfloat16"), C++ kernel names ("__nv_bfloat16", "cutlass::half_t") and
// Triton/MLIR labels ("*bf16", "i64"). Compared in lower case without namespace and qualifiers.
const ALIASES: Record<string, Dtype> = {
  double: 'fp64',
  float64: 'fp64',
  f64: 'fp64',
  float: 'fp32',
  float32: 'fp32',
  f32: 'fp32',
  tfloat32_t: 'tf32',
  half: 'fp16',
  half_t: 'fp16',
  __half: 'fp16',
  float16: 'fp16',
  f16: 'fp16',
  bfloat16: 'bf16',
  bfloat16_t: 'bf16',
  __nv_bfloat16: 'bf16',
  __hip_bfloat16: 'bf16',
  hip_bfloat16: 'bf16',
  fp8: 'fp8_e4m3',
  e4m3: 'fp8_e4m3',
  float8_e4m3fn: 'fp8_e4m3',
  float8_e4m3fnuz: 'fp8_e4m3',
  float8_e4m3: 'fp8_e4m3',
  float_e4m3_t: 'fp8_e4m3',
  __nv_fp8_e4m3: 'fp8_e4m3',
  fp8e4nv: 'fp8_e4m3',
  fp8e4b8: 'fp8_e4m3',
  e5m2: 'fp8_e5m2',
  float8_e5m2: 'fp8_e5m2',
  float8_e5m2fnuz: 'fp8_e5m2',
  float_e5m2_t: 'fp8_e5m2',
  __nv_fp8_e5m2: 'fp8_e5m2',
  fp8e5: 'fp8_e5m2',
  fp4: 'fp4_e2m1',
  nvfp4: 'fp4_e2m1',
  mxfp4: 'fp4_e2m1',
  e2m1: 'fp4_e2m1',
  float4_e2m1fn_x2: 'fp4_e2m1',
  'long int': 'int64',
  long: 'int64',
  'long long': 'int64',
  i64: 'int64',
  int64_t: 'int64',
  int: 'int32',
  i32: 'int32',
  int32_t: 'int32',
  'short int': 'int16',
  short: 'int16',
  i16: 'int16',
  int16_t: 'int16',
  'signed char': 'int8',
  char: 'int8',
  i8: 'int8',
  int8_t: 'int8',
  'unsigned char': 'uint8',
  byte: 'uint8',
  uint8_t: 'uint8',
  u8: 'uint8',
  'unsigned short': 'uint16',
  uint16_t: 'uint16',
  'unsigned int': 'uint32',
  uint32_t: 'uint32',
  u32: 'uint32',
  'unsigned long': 'uint64',
  'unsigned long long': 'uint64',
  uint64_t: 'uint64',
  i1: 'bool',
  boolean: 'bool',
  'complex<float>': 'complex64',
  'complex<double>': 'complex128',
}

/**
 * Reads an element type from any of the names that profilers, frameworks and kernel names give it,
 * such as `c10::BFloat16`, `torch.float16`, `long int` or `__nv_fp8_e4m3`.
 * @returns the type, or `undefined` for a name that is not an element type (`Scalar`, `TensorList`, …)
 */
export function parseDtype(name: string): Dtype | undefined {
  const text = name
    .trim()
    .toLowerCase()
    .replace(/^(?:const |\*)+/, '')
    .replace(/^(?:torch\.|(?:c10|at|cutlass|std|ck_tile)::)+/, '')
  if (Object.hasOwn(BITS, text)) return text as Dtype
  return Object.hasOwn(ALIASES, text) ? ALIASES[text] : undefined
}
