import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder, writeSettings } from '../../testing/folder.js'

const folder = testFolder()
beforeEach(() => {
  // Nothing but what a test puts there, and Node itself.
  vi.stubEnv('PATH', `${folder}:${dirname(process.execPath)}`)
})

const program = (name: string, script: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })

interface Report {
  checks: { name: string; state: string; found: string; fix?: string }[]
  settings: { key: string; value?: unknown; origin: string; where: string }[]
}

async function doctor(): Promise<Report> {
  const { code, out } = await flowsim('doctor', '--json')
  expect(code).toBe(0)
  return JSON.parse(out) as Report
}

describe('flowsim doctor', () => {
  it('tells what answers from what is there and fails, and from what is missing', async () => {
    program('sinfo', 'echo "gpu* 4 nodes"')
    program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
    const { checks } = await doctor()
    const check = (name: string) => checks.find((each) => each.name === name)
    expect(check('sinfo')).toMatchObject({ state: 'ok', found: 'gpu* 4 nodes' })
    expect(check('docker')).toMatchObject({
      state: 'missing',
      found: 'Cannot connect to the Docker daemon',
      fix: expect.stringMatching(/start the Docker daemon/),
    })
    expect(check('all_reduce_perf')).toMatchObject({
      state: 'missing',
      found: 'not on the PATH',
      fix: expect.stringMatching(/build nccl-tests/),
    })
  })

  it('shows each setting with where it comes from, and no token', async () => {
    const file = writeSettings(
      folder,
      'jobs:\n  backend: slurm\n  slurm: { partition: gpu }\nserve: { port: 9000 }\n',
    )
    vi.stubEnv('FLOWSIM_SERVE_PORT', '9001')
    vi.stubEnv('FLOWSIM_SERVE_TOKEN', 'a-token-of-some-length')
    vi.stubEnv('FLOWSIM_SIMULATE_API_TOKEN', 'another-token')
    const { settings } = await doctor()
    const setting = (key: string) => settings.find((each) => each.key === key)
    expect(setting('serve.port')).toMatchObject({
      value: 9001,
      origin: 'environment',
      where: 'FLOWSIM_SERVE_PORT',
    })
    expect(setting('jobs.slurm.partition')).toMatchObject({ value: 'gpu', where: `${file}:3` })
    expect(setting('profile.engine')).toMatchObject({ value: 'sglang', origin: 'default' })
    expect(setting('serve.token')!.value).toBe('…')
    expect(setting('simulate.apiToken')!.value).toBe('…')
    const { out } = await flowsim('doctor')
    expect(out).toMatch(
      /settings: flag > environment > file > default; the file is\n.*config\.yaml\n/,
    )
    expect(out).not.toMatch(/a-token|another-token/)
  })
})
