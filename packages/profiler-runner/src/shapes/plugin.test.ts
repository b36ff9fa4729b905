import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { shapePluginEnvironment, shapePluginFolder } from './plugin.js'

const standIns = fileURLToPath(new URL('../../fixtures/python', import.meta.url))
const succeeds = (python: string, code: string) =>
  spawnSync(python, ['-c', code], { env: { PATH: process.env.PATH } }).status === 0
const describeWithPython = succeeds('python3', '') ? describe : describe.skip
const torchPython = ['python3', '/usr/bin/python3'].find((p) => succeeds(p, 'import torch'))
const describeWithTorch = torchPython === undefined ? describe.skip : describe

function python(file: string, args: string[], env: Record<string, string> = {}): string[] {
  return execFileSync(file, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...env },
  })
    .trim()
    .split('\n')
}

describeWithPython('the shape labels, with stand-ins for torch and Triton', () => {
  const lines = () =>
    python('python3', [join(standIns, 'labelled.py')], shapePluginEnvironment(standIns))

  it('label launches while a profiler records, and only then', () => {
    expect(lines()).toEqual([
      'other sitecustomize',
      'launch my_kernel ',
      'range my_kernel|x_ptr[4x16:bfloat16],y_ptr[4:int32]',
      'launch my_kernel ',
      'launch my_kernel warmup',
      'range fp8_gemm_nt|lhs.0[8x32:float8_e4m3fn],lhs.1[8x1:float32],rhs.0[8x32:float8_e4m3fn],rhs.1[8x1:float32],out[8x8:bfloat16]',
      'gemm',
      '{"loader": "SourceFileLoader"}',
    ])
  })

  it('take launchers of the user from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-launchers-'))
    const registry = join(folder, 'mine.json')
    const launchers = [{ module: 'mine', attribute: 'Launcher.go', label: 'mine.go' }]
    writeFileSync(registry, JSON.stringify({ launchers }))
    writeFileSync(join(folder, 'mine.py'), 'class Launcher:\n  def go(self, q): print("went")\n')
    const code =
      'import torch, mine; torch.autograd.profiler._is_profiler_enabled = True; mine.Launcher().go(torch.Tensor((2, 3)))'
    const env = shapePluginEnvironment(`${standIns}:${folder}`)
    expect(python('python3', ['-c', code], { ...env, FLOWSIM_LAUNCHERS: registry })).toEqual([
      'other sitecustomize',
      'range mine.go|q[2x3:bfloat16]',
      'went',
    ])
    rmSync(folder, { recursive: true })
  })

  it('stay out of the way: off without the variable, and silent when the registry is broken', () => {
    const env = shapePluginEnvironment('')
    const modules = 'import sys; print("flowsim_shapes" in sys.modules)'
    expect(python('python3', ['-c', modules], { PYTHONPATH: env.PYTHONPATH! })).toEqual(['False'])
    const broken = { ...env, FLOWSIM_LAUNCHERS: '/no/such/file.json' }
    const run = spawnSync('python3', ['-c', 'print("runs")'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...broken },
    })
    expect(run.stdout).toBe('runs\n')
    expect(run.stderr).toMatch(/flowsim: shape labels are off: FileNotFoundError/)
  })
})

describeWithTorch('the shape labels, with real torch', () => {
  it('appear in the trace that the profiler exports', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-torch-'))
    const trace = join(folder, 'trace.json')
    const registry = join(folder, 'mine.json')
    const launchers = [{ module: 'mine', attribute: 'launch' }]
    writeFileSync(registry, JSON.stringify({ launchers }))
    writeFileSync(join(folder, 'mine.py'), 'def launch(x, weight, n): return x @ weight\n')
    const code = [
      'import torch, mine',
      'x, w = torch.ones(4, 16), torch.ones(16, 8)',
      'mine.launch(x, w, 1)',
      'with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:',
      '  mine.launch(x, weight=w, n=2)',
      `profile.export_chrome_trace(${JSON.stringify(trace)})`,
    ].join('\n')
    const env = { ...shapePluginEnvironment(folder), FLOWSIM_LAUNCHERS: registry }
    python(torchPython!, ['-c', code], env)
    // A torch without Kineto (Debian's) writes a bare array of events.
    const document = JSON.parse(readFileSync(trace, 'utf8')) as unknown
    const events = Array.isArray(document)
      ? document
      : (document as { traceEvents: unknown[] }).traceEvents
    const names = (events as { name?: string }[]).map((event) => event.name ?? '')
    expect(names.filter((name) => name.includes('|'))).toEqual([
      'launch|x[4x16:float32],weight[16x8:float32]',
    ])
    rmSync(folder, { recursive: true })
  })
})

describe('the folder of the plug-in', () => {
  it('holds a registry that names each launcher once', () => {
    const file = join(shapePluginFolder(), 'flowsim_launchers.json')
    const { launchers } = JSON.parse(readFileSync(file, 'utf8')) as {
      launchers: { module: string; attribute: string }[]
    }
    const names = launchers.map(({ module, attribute }) => `${module}:${attribute}`)
    expect(new Set(names).size).toBe(names.length)
  })
})
