import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteWords, splitWords } from './shell-words.js'

describe('splitWords', () => {
  it('splits at white space and keeps what is quoted together', () => {
    expect(splitWords(`--tp 4  --name "a b" 'c "d"' e\\ f g'h'"i"`)).toEqual([
      '--tp',
      '4',
      '--name',
      'a b',
      'c "d"',
      'e f',
      'ghi',
    ])
  })

  it('keeps empty quoted words', () => {
    expect(splitWords(`a '' ""`)).toEqual(['a', '', ''])
  })

  it('expands and runs nothing', () => {
    expect(splitWords('$HOME `id` $(id) ; rm * | x > y && z')).toEqual(
      '$HOME `id` $(id) ; rm * | x > y && z'.split(' '),
    )
  })

  it('names the quote that is not closed', () => {
    expect(() => splitWords(`--a 'b`)).toThrow(/quote ' at character 5 is not closed/)
  })
})

describe('quoteWords', () => {
  it('is undone by splitWords', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(quoteWords(words))).toEqual(words)
      }),
    )
  })

  it('is undone by a real shell', () => {
    const words = ['', "it's", '$HOME', '`id`', 'a\nb', '*', '"', '\\', '~', '!x', 'é']
    const out = execFileSync('sh', ['-c', `printf '%s\\0' ${quoteWords(words)}`], {
      encoding: 'utf8',
    })
    expect(out.split('\0').slice(0, -1)).toEqual(words)
  })
})
