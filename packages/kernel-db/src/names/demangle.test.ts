import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { demangle } from './demangle.js'

// Symbols of real traces and of a small program; what c++filt prints, less result and parameters.
const SYMBOLS: [string, string][] = [
  ['_Z16fused_moe_kernelPfS_i', 'fused_moe_kernel'],
  [
    '_ZN5aiter24add_rmsnorm_quant_kernelIDF16bDF16bLi256ELi16ELb1ELb0ELb1ELi1EEEvPT0_PT_PfS4_S4_S4_diiiiiiib',
    'aiter::add_rmsnorm_quant_kernel<std::bfloat16_t, std::bfloat16_t, 256, 16, true, false, true, 1>',
  ],
  [
    '_ZN5flash3actIXadL_ZNS_4siluERKfEEDF16_EEvPT0_PKS3_i',
    'flash::act<&(flash::silu(float const&)), _Float16>',
  ],
  [
    '_ZN5flash4kernINS_6TraitsIfLNS_4ModeE1ELb1ELj128ELl3ELm4ELxn5ELs7ELh9EEEJidPKcEEEvDpT0_',
    'flash::kern<flash::Traits<float, (flash::Mode)1, true, 128u, 3l, 4ul, -5ll, (short)7, (unsigned char)9>, int, double, char const*>',
  ],
  ['_ZN5flash2ttINS_3BoxEiEEvT_IT0_E', 'flash::tt<flash::Box, int>'],
  [
    '_ZN2at6native12_GLOBAL__N_119cunn_SoftMaxForwardILi8EN3c108BFloat16EfS4_NS1_22SoftMaxForwardEpilogueEEEvPT2_PKT0_i',
    'at::native::(anonymous namespace)::cunn_SoftMaxForward<8, c10::BFloat16, float, c10::BFloat16, at::native::(anonymous namespace)::SoftMaxForwardEpilogue>',
  ],
  [
    '_ZN2at6native29vectorized_elementwise_kernelILi4EZZZNS0_16sqrt_kernel_cudaERNS_18TensorIteratorBaseEENKUlvE_clEvENKUlvE_clEvEUlfE_St5arrayIPcLm2EEEEviT0_T1_',
    'at::native::vectorized_elementwise_kernel<4, at::native::sqrt_kernel_cuda(at::TensorIteratorBase&)::{lambda()#1}::operator()() const::{lambda()#1}::operator()() const::{lambda(float)#1}, std::array<char*, 2ul> >',
  ],
  [
    '_ZN7cutlass13device_kernelINS_4gemm6kernel13GemmUniversalINS1_17GroupProblemShapeIN4cute5tupleIJiiiEEEEEEEEEvNT_6ParamsE',
    'cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<cutlass::gemm::GroupProblemShape<cute::tuple<int, int, int> > > >',
  ],
]

describe('demangle', () => {
  it.each(SYMBOLS)('%s', (symbol, name) => {
    expect(demangle(symbol)).toBe(name)
  })

  it('leaves other names as they are', () => {
    for (const name of ['', 'void f<4>(int)', 'Cijk_Ailk_Bljk', '_Zebra kernel']) {
      expect(demangle(name)).toBe(name)
    }
  })

  it('gives the identifiers of a symbol that it cannot read', () => {
    // An expression in a template argument: sizeof(T).
    const name = demangle('_ZN5aiter9fmha_bwd1IXszfEEEvv')
    expect(name).toContain('aiter')
    expect(name).toContain('fmha_bwd1')
  })

  it('ends on any text, in bounded time and space', () => {
    const alphabet = [...'_ZNKISt0123456789aEvPRTXLbifjJDFp5aiter6kernel']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...alphabet), { maxLength: 200 }), (letters) => {
        expect(demangle(`_Z${letters.join('')}`).length).toBeLessThan(1 << 20)
      }),
      { numRuns: 2000 },
    )
    expect(demangle(`_Z${'N1a'.repeat(5000)}`).length).toBeLessThan(1 << 20)
    expect(demangle(`_Z1fI${'St5tupleIJ'.repeat(3000)}`).length).toBeLessThan(1 << 20)
  })
})
