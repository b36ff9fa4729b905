import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashOf, type LinkState, readHash } from './hash.js'

const page = { count: 50, steps: [{ phase: 'prefill' }, { phase: 'decode' }] }
const fresh: LinkState = { scope: 'all', query: '', selected: -1, view: null }

describe('the state in an address', () => {
  it('comes back as it was', () => {
    const state = fc.record({
      scope: fc.constantFrom<LinkState['scope']>('all', { step: 1 }, { phase: 'decode' }),
      query: fc.string().filter((text) => text.trim() !== '' || text === ''),
      selected: fc.integer({ min: -1, max: 49 }),
      view: fc.option(
        fc.tuple(fc.integer({ min: -100, max: 1e9 }), fc.integer({ min: 1, max: 1e9 })),
      ),
    })
    fc.assert(
      fc.property(state, ({ view, ...rest }) => {
        const given = { ...rest, view: view ? { from: view[0], to: view[0] + view[1] } : null }
        expect(readHash(`#${hashOf(given)}`, page)).toEqual(given)
      }),
    )
  })

  it('is empty for a fresh page, and a link to a section is one', () => {
    expect(hashOf(fresh)).toBe('')
    expect(readHash('#timeline', page)).toEqual(fresh)
  })

  it('of another page is left out where it does not fit', () => {
    expect(readHash('#scope=s7&kernel=50&view=9_1', page)).toEqual(fresh)
    expect(readHash('#scope=pnone&kernel=x&view=a_b', page)).toEqual(fresh)
    expect(readHash('#scope=&kernel=&view=', page)).toEqual(fresh)
  })
})
