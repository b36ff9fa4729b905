import { describe, expect, it } from 'vitest'
import { readableName, templateArguments } from './kernel-name.js'

describe('readableName', () => {
  it('leaves out result and parameters, which repeat the template arguments', () => {
    expect(readableName('void f<float, 4>(float*, int)')).toBe('f<float, 4>')
    expect(readableName('std::enable_if<!(false), void>::type gemv<int>(int)')).toBe('gemv<int>')
    expect(readableName('fused_moe_kernel')).toBe('fused_moe_kernel')
  })

  it('keeps what names a lambda', () => {
    const name = 'void run<g()::{lambda(float)#1}>(int, g()::{lambda(float)#1})'
    expect(readableName(name)).toBe('run<g()::{lambda(float)#1}>')
  })

  it('keeps a template whose first argument is a function with its result', () => {
    const name = 'void act<bf16, &(float silu<float>(float const&))>(bf16*, int)'
    expect(readableName(name)).toBe('act<bf16, &(float silu<float>(float const&))>')
  })

  it('reads the spelling of Nsight', () => {
    expect(readableName('void f<(int)4, (bool)1, (unsigned long)2>(T1 *)')).toBe('f<4, true, 2>')
    expect(readableName('void at::native::<unnamed>::g<(bool)0>(T1 *)')).toBe(
      'at::native::(anonymous namespace)::g<false>',
    )
  })

  it('demangles, without the suffixes of AMD code objects', () => {
    expect(readableName('_ZN5aiter3fooEi.kd')).toBe('aiter::foo')
    expect(readableName('attn_fwd.kd')).toBe('attn_fwd')
    expect(readableName('f(int) [clone .kd]')).toBe('f')
  })

  it('leaves out the layouts that CuTe DSL appends', () => {
    const name =
      'kernel_cutlass_kernel_flashinfernormkernelsrmsnormRMSNormKernel_object_at__tensorptrbf16gmemalign128o512'
    expect(readableName(name)).toBe(
      'kernel_cutlass_kernel_flashinfernormkernelsrmsnormRMSNormKernel',
    )
  })
})

describe('templateArguments', () => {
  it('splits at the top level', () => {
    expect(templateArguments('f<a, b<c, d>, {lambda(int, int)#1}>')).toEqual([
      'a',
      'b<c, d>',
      '{lambda(int, int)#1}',
    ])
    expect(templateArguments('f')).toEqual([])
  })
})
