import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findHardware } from '@flowsim/perf-model/hardware'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCalibrated } from '../calibrated/calibrated.js'
import { FAMILIES, type FamilyName } from '../calibrated/families/index.js'
import { parseProfile } from '../calibrated/profile.js'
import { loadProfiles } from './load.js'

const folder = fileURLToPath(new URL('../../profiles/', import.meta.url))

describe('the built-in profiles', () => {
  const names = Object.keys(FAMILIES) as FamilyName[]

  it('are small enough for a package of less than 5 MB with two builds of the code', () => {
    const bytes = readdirSync(folder).map((name) => readFileSync(`${folder}${name}`).length)
    expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(4e6)
  })

  it('speak about every family, and say where their rows come from and how good the fit is', () => {
    for (const family of names) {
      const profiles = loadProfiles(family)
      expect(profiles.flatMap(({ sections }) => sections.map((s) => s.family))).toContain(family)
      for (const { created, sources, sections } of profiles) {
        expect(created).toMatch(/^\d{4}-\d\d/)
        expect(sources[0]?.licence).toMatch(/Apache|MIT/)
        for (const { fit } of sections)
          expect(fit.newPoints?.mape ?? fit.core.mape).toBeLessThan(fit.rows < 300 ? 0.5 : 0.3)
      }
    }
  })

  it('are valid, which reading them does not check', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(`${folder}${name}`, 'utf8')
      const profile = parseProfile(text, name)
      expect(profile).toEqual(JSON.parse(text))
      // What a user gives is read whole.
      createCalibrated({ profiles: [profile], builtIn: false })
    }
  })

  it('no file is there that nothing reads', () => {
    const read = new Set(names.flatMap((family) => loadProfiles(family).map(({ name }) => name)))
    expect([...read].sort()).toEqual(
      readdirSync(folder)
        .map((name) => name.slice(0, -5))
        .sort(),
    )
  })
})

describe('without a file system, as in a browser', () => {
  const { getBuiltinModule } = process
  afterEach(() => {
    process.getBuiltinModule = getBuiltinModule
    vi.resetModules()
  })

  it('profiles that are passed in answer; the built-in ones are refused by name', async () => {
    const text = readFileSync(`${folder}gemm-h100_sxm.json`, 'utf8')
    vi.resetModules()
    Object.assign(process, { getBuiltinModule: undefined })
    const { calibrated, createCalibrated } = await import('../calibrated/calibrated.js')
    const { parseProfile } = await import('../calibrated/profile.js')
    const call = { op: 'matmul', m: 64, n: 4096, k: 4096, dtype: 'bf16' } as const
    const h100 = findHardware('h100_sxm')
    const own = createCalibrated({ profiles: [parseProfile(text)], builtIn: false })
    expect(own.estimate(call, h100).profile).toBe('gemm-h100_sxm 1')
    expect(() => calibrated.estimate(call, h100)).toThrow(
      'gemm-h100_sxm.json: there is no file system to read it from; give the profiles to provideProfiles',
    )
    // It is not taken for an operation without an answer.
    expect(() => calibrated.supports(call, h100)).toThrow('provideProfiles')
  })

  it('the built-in ones that are provided answer as they do from files', async () => {
    const call = { op: 'matmul', m: 64, n: 4096, k: 4096, dtype: 'bf16' } as const
    const h100 = findHardware('h100_sxm')
    const files = (await import('../calibrated/calibrated.js')).calibrated.estimate(call, h100)
    vi.resetModules()
    Object.assign(process, { getBuiltinModule: undefined })
    const { calibrated } = await import('../calibrated/calibrated.js')
    const { provideProfiles } = await import('./load.js')
    provideProfiles(
      Object.fromEntries(
        readdirSync(folder).map((name) => [
          name,
          JSON.parse(readFileSync(`${folder}${name}`, 'utf8')),
        ]),
      ),
    )
    expect(calibrated.estimate(call, h100)).toEqual(files)
  })
})
