import { hardwareSpecSchema } from '@flowsim/trace-schema/zod'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from './catalogue.js'
import { validateHardware } from './read.js'

describe('hardware catalogue', () => {
  it.each(CATALOGUE.map((spec) => [spec.name, spec] as const))(
    '%s is a valid description',
    (_, spec) => {
      expect(hardwareSpecSchema.parse(spec)).toEqual(spec)
      expect(validateHardware(spec).filter((problem) => problem.severity === 'error')).toEqual([])
    },
  )

  it.each(CATALOGUE.map((spec) => [spec.name, spec] as const))(
    'every number of %s has a source',
    (_, spec) => {
      expect(
        validateHardware(spec).filter((problem) => problem.message === 'no source given'),
      ).toEqual([])
    },
  )

  it('gives no name twice', () => {
    const names = CATALOGUE.flatMap((spec) => [
      ...new Set([spec.name, ...spec.aliases].map((name) => name.toLowerCase())),
    ])
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('gives no card the name of one with another memory, nor a name twice', () => {
    for (const { name, title, aliases, device } of CATALOGUE) {
      expect([name, aliases]).toEqual([name, [...new Set(aliases)]])
      const capacity = device.memory.find((level) => level.name === 'dram')?.capacityBytes
      for (const alias of [title, ...aliases]) {
        // The driver names a GH200 by the memory of its CPU.
        if (/GH200 (120|480)GB/.test(alias)) continue
        const [, gigabytes] = /\b(\d+) ?Gi?B\b/.exec(alias) ?? []
        if (gigabytes === undefined) continue
        expect([alias, Number(gigabytes) / (capacity! / 1e9)]).toEqual([
          alias,
          expect.toSatisfy(near),
        ])
      }
    }
  })

  it('names no source for a number that is not there', () => {
    for (const spec of CATALOGUE) {
      for (const path of Object.keys(spec.sources))
        expect([path, reaches(spec, path)]).toEqual([path, true])
    }
  })

  it('agrees with the systolic arrays of each tile description', () => {
    const doubtful = CATALOGUE.filter((spec) =>
      validateHardware(spec).some((problem) => problem.path === 'device.tile.systolicArray'),
    ).map((spec) => spec.name)
    // LLMCompass clocks the MI210 at 1.4 GHz where the data sheet's peak is at 1.7.
    expect(doubtful).toEqual(['mi210'])
  })
})

/** GB or GiB, and what the driver keeps. */
const near = (ratio: number) => ratio > 0.85 && ratio < 1.15

function reaches(value: unknown, path: string): boolean {
  let at = value
  for (const key of path.split('.')) {
    if (Array.isArray(at)) at = at.find((item) => item.name === key)
    else at = (at as Record<string, unknown> | undefined)?.[key]
  }
  return at !== undefined
}
