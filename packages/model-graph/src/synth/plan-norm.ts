// Norms and activations.
import type { OpCallOf } from '@flowsim/trace-schema'
import {
  ATEN_TYPES,
  CUDA_TYPES,
  type KernelPlan,
  type OperatorPlan,
  scalar,
  simpleKernel,
  tensor,
} from './plan.js'

/** RMS norm, with the residual added first where the call says so. */
export function planRmsnorm(call: OpCallOf<'rmsnorm'>): OperatorPlan[] {
  const { rows, cols, dtype } = call
  const type = CUDA_TYPES[dtype] ?? 'float'
  const fused = call.residual === true
  const kernel = fused ? 'FusedAddRMSNormKernel' : 'RMSNormKernel'
  const x = tensor([rows, cols], dtype)
  const warps = Math.max(1, Math.min(32, Math.ceil(cols / 256)))
  return [
    {
      name: fused ? 'sgl_kernel::fused_add_rmsnorm' : 'sgl_kernel::rmsnorm',
      args: [x, x, tensor([cols], dtype), scalar('1e-05'), scalar(true)],
      parents: [],
      kernels: [
        {
          ...simpleKernel(
            `void flashinfer::norm::${kernel}<8u, ${type}>(${type}*, ${type}*, ${type}*, unsigned int, unsigned int, unsigned int, float, float)`,
            rows,
            32,
          ),
          block: [32, warps, 1],
          sharedMemory: 4 * warps + (fused ? 4 * cols : 0),
          api: 'cudaLaunchKernelExC',
        },
      ],
    },
  ]
}

/** Layer norm. */
export function planLayernorm(call: OpCallOf<'layernorm'>): OperatorPlan[] {
  const { rows, cols, dtype } = call
  const type = ATEN_TYPES[dtype] ?? 'float'
  const weight = tensor([cols], dtype)
  return [
    {
      name: 'aten::native_layer_norm',
      args: [
        tensor([rows, cols], dtype),
        { kind: 'scalar', type: 'ScalarList', value: `[${cols}]` },
        weight,
        weight,
        scalar('1e-05'),
      ],
      parents: ['aten::layer_norm'],
      kernels: [
        {
          ...simpleKernel(
            `void at::native::(anonymous namespace)::vectorized_layer_norm_kernel<${type}, float>(int, float, ${type} const*, ${type} const*, ${type} const*, float*, float*, ${type}*)`,
            rows,
            32,
          ),
          block: [32, 4, 1],
        },
      ],
    },
  ]
}

/** An activation times its gate. */
export function planGatedActivation(call: OpCallOf<'silu_mul' | 'gelu_mul'>): OperatorPlan[] {
  const { rows, cols, dtype } = call
  const silu = call.op === 'silu_mul'
  return [
    {
      name: silu ? 'sgl_kernel::silu_and_mul' : 'sgl_kernel::gelu_tanh_and_mul',
      args: [tensor([rows, cols], dtype), tensor([rows, 2 * cols], dtype), scalar(0)],
      parents: [],
      kernels: [gatedKernel(rows, cols, CUDA_TYPES[dtype] ?? 'float', silu)],
    },
  ]
}

export function gatedKernel(
  rows: number,
  cols: number,
  type: string,
  silu: boolean,
  share = 1,
): KernelPlan {
  return simpleKernel(
    `void flashinfer::activation::act_and_mul_kernel<${type}, &(${silu ? 'silu' : 'gelu_tanh'}(float const&))>(${type}*, ${type} const*, int)`,
    rows,
    Math.max(32, Math.min(1024, Math.ceil(cols / 8))),
    31,
    share,
  )
}

/** An activation without a gate. */
export function planActivation(call: OpCallOf<'gelu' | 'silu' | 'relu'>): OperatorPlan[] {
  const functor = {
    gelu: 'at::native::GeluCUDAKernelImpl(at::TensorIteratorBase&, at::native::GeluType)::{lambda()#2}::operator()() const::{lambda()#4}::operator()() const::{lambda(c10::BFloat16)#1}',
    silu: 'at::native::(anonymous namespace)::silu_kernel(at::TensorIteratorBase&)::{lambda()#1}::operator()() const::{lambda()#6}::operator()() const::{lambda(c10::BFloat16)#1}',
    relu: 'at::native::(anonymous namespace)::launch_clamp_scalar(at::TensorIteratorBase&, c10::Scalar, c10::Scalar, at::native::detail::ClampLimits)::{lambda()#1}::operator()() const::{lambda()#3}::operator()() const::{lambda(c10::BFloat16)#1}',
  }[call.op]
  const name = { gelu: 'aten::gelu', silu: 'aten::silu', relu: 'aten::clamp_min' }[call.op]
  return [
    {
      name,
      args: [tensor([call.elements], call.dtype), scalar(call.op === 'gelu' ? 'tanh' : 0)],
      parents: call.op === 'relu' ? ['aten::relu'] : [],
      kernels: [
        simpleKernel(
          `void at::native::vectorized_elementwise_kernel<4, ${functor}, std::array<char*, 2ul> >(int, ${functor}, std::array<char*, 2ul>)`,
          call.elements / 512,
          128,
        ),
      ],
    },
  ]
}
