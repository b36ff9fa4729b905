// Matrix multiplications: cuBLAS (nvjet from Hopper on), DeepGEMM for FP8 in blocks, Marlin for 4-bit
// weights, CUTLASS for FP4.
import type { Dtype, OpCallOf } from '@flowsim/trace-schema'
import {
  type KernelPlan,
  NONE,
  type OperatorPlan,
  type PlanContext,
  scalar,
  simpleKernel,
  tensor,
} from './plan.js'

const SPLIT_K_REDUCE =
  'void cublasLt::splitKreduce_kernel<32, 16, int, float, __nv_bfloat16, float, false, float, __nv_bfloat16, __nv_bfloat16, true, false, false>(cublasLt::cublasSplitKParams<float>, float const*, __nv_bfloat16 const*, float*, __nv_bfloat16*, float const*, float const*, __nv_bfloat16 const*, float const*, __nv_bfloat16*, void*, long, float*, int*, float*, float const*, float const*, float const*, float const*)'

/** A linear layer. */
export function planMatmul(call: OpCallOf<'matmul'>, context: PlanContext): OperatorPlan[] {
  const { m, n, k, dtype } = call
  const weight = call.weightDtype ?? dtype
  const out = call.outDtype ?? dtype
  const a = tensor([m, k], dtype)
  if (weight === 'int4') {
    const packed = tensor([k / 16, n * 2], 'int32')
    const kernel =
      'void marlin::Marlin<__nv_bfloat16, 1125899906909960l, 256, 1, 8, 8, 4, 8, false>(int4 const*, int4 const*, int4*, int4*, int4 const*, int4 const*, int const*, int, int, int, int, int*, bool, int)'
    return [
      operator(
        'sgl_kernel::gptq_marlin_gemm',
        [a, NONE, packed],
        [],
        [{ ...simpleKernel(kernel, context.computeUnits, 256, 255), sharedMemory: 99_328 }],
      ),
    ]
  }
  if (weight === 'fp4_e2m1') {
    const kernel =
      'void cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<cute::tuple<int, int, int, int>, cutlass::gemm::collective::CollectiveMma<cutlass::gemm::MainloopSm100TmaUmmaWarpSpecializedBlockScaled<5, 2, 2, cute::tuple<cute::C<2>, cute::C<1>, cute::C<1> > > > > >(cutlass::gemm::kernel::GemmUniversal<cute::tuple<int, int, int, int>, cutlass::gemm::collective::CollectiveMma<cutlass::gemm::MainloopSm100TmaUmmaWarpSpecializedBlockScaled<5, 2, 2, cute::tuple<cute::C<2>, cute::C<1>, cute::C<1> > > > >::Params)'
    const args = [tensor([m, n], out), tensor([m, k / 2], 'uint8'), tensor([n, k / 2], 'uint8')]
    return [
      operator(
        'sgl_kernel::cutlass_scaled_fp4_mm',
        args,
        [],
        [{ ...simpleKernel(kernel, context.computeUnits, 256, 168), sharedMemory: 220_160 }],
      ),
    ]
  }
  if (call.scaling === 'block' && weight === 'fp8_e4m3') {
    return [operator(null, [], [], [deepGemm(m, n, k, 0, context)])]
  }
  const b = tensor([k, n], weight, [1, k])
  const kernels = cublas({ batch: 1, m, n, k, dtype }, context)
  if (call.scaling !== undefined) {
    const args = [
      a,
      b,
      tensor([1], 'fp32'),
      tensor([1], 'fp32'),
      NONE,
      NONE,
      scalar(15),
      scalar(false),
    ]
    return [operator('aten::_scaled_mm', args, [], kernels)]
  }
  if (call.bias === true) {
    const args = [tensor([n], dtype), a, b, scalar(1), scalar(1)]
    return [operator('aten::addmm', args, ['aten::linear'], kernels)]
  }
  return [operator('aten::mm', [a, b], ['aten::matmul', 'aten::linear'], kernels)]
}

/** A batched matrix multiplication. */
export function planBmm(call: OpCallOf<'bmm'>, context: PlanContext): OperatorPlan[] {
  const { batch, m, n, k, dtype } = call
  const args = [tensor([batch, m, k], dtype), tensor([batch, k, n], call.weightDtype ?? dtype)]
  return [operator('aten::bmm', args, [], cublas(call, context).slice(0, 1))]
}

/** DeepGEMM's kernel for FP8 in blocks; `kind` 1 is the grouped form. */
function deepGemm(
  m: number,
  n: number,
  k: number,
  kind: 0 | 1,
  { computeUnits }: PlanContext,
): KernelPlan {
  const tile = m <= 64 ? 64 : 128
  const name = `void deep_gemm::fp8_gemm_kernel<${n}u, ${k}u, ${tile}u, 128u, 128u, 0u, 128u, 1u, 5u, 128u, 128u, 2u, false, (deep_gemm::GemmType)${kind}>(__nv_bfloat16*, float*, int*, unsigned int, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st, CUtensorMap_st)`
  return {
    ...simpleKernel(name, computeUnits, 384, 168),
    sharedMemory: 199_376,
    api: 'cuLaunchKernelEx',
  }
}

function cublas(
  { batch, m, n, k, dtype }: { batch: number; m: number; n: number; k: number; dtype: Dtype },
  { generation, computeUnits }: PlanContext,
): KernelPlan[] {
  const small = m <= 64
  const tileN = small ? 64 : 128
  const tileM = small ? Math.max(8, 2 ** Math.ceil(Math.log2(Math.max(1, m)))) : 256
  const tiles = batch * Math.ceil(n / tileN) * Math.ceil(m / tileM)
  const splitK = small && tiles < computeUnits && k >= 4096 && batch === 1
  const reduce: KernelPlan[] = splitK
    ? [
        {
          ...simpleKernel(SPLIT_K_REDUCE, n / 32, 512, 32, 0.12),
          grid: [Math.ceil(n / 32), Math.ceil(m / 16), 1],
          block: [32, 16, 1],
        },
      ]
    : []
  const share = splitK ? 0.88 : 1
  if (generation === 'ampere' || dtype === 'fp32') {
    const name =
      dtype === 'fp32'
        ? 'ampere_sgemm_128x64_tn'
        : `ampere_${dtype}_s16816gemm_${dtype}_${small ? '64x64_sliced1x2' : '128x128'}_ldg8_f2f_stages_${small ? '64x6' : '32x5'}_tn`
    const grid: [number, number, number] = [
      Math.ceil(m / (small ? 64 : 128)),
      Math.ceil(n / tileN),
      batch,
    ]
    return [
      {
        ...simpleKernel(name, 1, small ? 128 : 256, 168, share),
        grid,
        sharedMemory: small ? 98_304 : 81_920,
      },
      ...reduce,
    ]
  }
  const types = dtype === 'fp16' ? 'hsh' : dtype === 'fp8_e4m3' ? 'qqtst' : 'tst'
  const depth = dtype === 'fp8_e4m3' ? 128 : 64
  const stages = small ? (tileM === 64 ? 13 : 16) : 4
  const cluster = small ? '4x1_v' : '2x1_v'
  const suffix = splitK ? '_splitK' : small ? '' : '_coopA'
  const name = `nvjet_${types}_${tileN}x${tileM}_${depth}x${stages}_${cluster}_bz${suffix}_TNT`
  const width = small ? 4 : 2
  return [
    {
      name,
      share,
      grid: [
        width,
        Math.max(1, Math.min(Math.floor(computeUnits / width), Math.ceil(tiles / width))),
        1,
      ],
      block: [384, 1, 1],
      registers: 168,
      sharedMemory: 213_436,
      api: 'cuLaunchKernelEx',
    },
    ...reduce,
  ]
}

function operator(
  name: string | null,
  args: OperatorPlan['args'],
  parents: string[],
  kernels: KernelPlan[],
): OperatorPlan {
  return { name, args, parents, kernels }
}
