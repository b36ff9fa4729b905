import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveSettings, SETTINGS, settingsFile, settingsOf } from './settings.js'

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-settings-'))
  file = join(folder, 'config.yaml')
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = (text: string) => writeFileSync(file, text)
const get = (key: string, sources: Parameters<typeof resolveSettings>[0] = {}) =>
  resolveSettings({ file, environment: {}, ...sources }).find((setting) => setting.key === key)!

describe('settings', () => {
  it('come from the flag, then the environment, then the file, then the default', () => {
    write('# mine\nserve:\n  host: 0.0.0.0\n  port: 9000\n')
    const environment = { FLOWSIM_SERVE_PORT: '9001' }
    expect(get('serve.port', { environment, flags: { port: '9002' } })).toMatchObject({
      value: 9002,
      origin: 'flag',
      where: '--port',
    })
    expect(get('serve.port', { environment })).toMatchObject({
      value: 9001,
      origin: 'environment',
      where: 'FLOWSIM_SERVE_PORT',
    })
    expect(get('serve.port')).toMatchObject({ value: 9000, origin: 'file', where: `${file}:4` })
    write('')
    expect(get('serve.port')).toMatchObject({ value: 8000, origin: 'default' })
  })

  it('are at their defaults without a file', () => {
    const none = { file: join(folder, 'none.yaml') }
    expect(get('jobs.backend', none).value).toBe('local')
    expect(get('jobs.slurm.partition', none).value).toBeUndefined()
  })

  it('name the line of what they cannot use', () => {
    write('jobs:\n  slurm:\n    partitoin: gpu\n')
    expect(() => get('jobs.backend')).toThrow(`${file}:3: no setting jobs.slurm.partitoin`)
    write('serve:\n  port: many\n')
    expect(() => get('jobs.backend')).toThrow(
      `${file}:2: serve.port must be a whole number, got "many"`,
    )
    write('serve: {\n')
    expect(() => get('jobs.backend')).toThrow(/config\.yaml:\d+: /)
  })

  it('take a flag only in the area of the command that has it', () => {
    write('')
    const sources = { file, environment: {}, flags: { on: 'slurm', port: 1 } }
    expect(settingsOf('jobs.', sources)).toMatchObject({ 'jobs.backend': 'slurm' })
    expect(Object.keys(settingsOf('jobs.', sources))).not.toContain('serve.port')
  })

  it('have each their own key, variable and flag in their area', () => {
    const unique = (values: string[]) => expect(new Set(values).size).toBe(values.length)
    unique(SETTINGS.map(({ key }) => key))
    unique(SETTINGS.map(({ environment }) => environment))
    unique(SETTINGS.map(({ key, flag }) => `${key.split('.')[0]} ${flag}`))
    expect(SETTINGS.find(({ key }) => key === 'jobs.slurm.partition')?.environment).toBe(
      'FLOWSIM_JOBS_SLURM_PARTITION',
    )
    expect(SETTINGS.find(({ key }) => key === 'simulate.apiUrl')?.environment).toBe(
      'FLOWSIM_SIMULATE_API_URL',
    )
  })

  it('are read from the folder that XDG names', () => {
    expect(settingsFile({ XDG_CONFIG_HOME: '/x' })).toBe('/x/flowsim/config.yaml')
    expect(settingsFile({ FLOWSIM_CONFIG_DIR: '/y' })).toBe('/y/config.yaml')
  })
})
