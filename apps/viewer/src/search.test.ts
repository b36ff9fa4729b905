import { describe, expect, it } from 'vitest'
import { readSearch } from './search.js'

const texts = ['nvjet_tst_192x192 matmul', 'flash_fwd attention', 'ncclDevKernel_AllReduce', 'a-b']
const found = (query: string) =>
  texts.filter((text) => readSearch(query)!.matches(text.toLowerCase(), text))

describe('a search', () => {
  it('finds texts with all of its words, whatever their case', () => {
    expect(found('Matmul nvjet')).toEqual([texts[0]])
    expect(found('matmul attention')).toEqual([])
  })

  it('leaves out what a minus stands before', () => {
    expect(found('-nccl -attention')).toEqual([texts[0], texts[3]])
  })

  it('takes a minus inside of a word as it is', () => {
    expect(found('a-b')).toEqual([texts[3]])
  })

  it('takes what stands between slashes as a regular expression, with a minus too', () => {
    expect(found('/\\d+x\\d+|allreduce/')).toEqual([texts[0], texts[2]])
    expect(found('-/^(nv|nccl)/ /_/')).toEqual([texts[1]])
  })

  it('says what is not a regular expression, and goes on with the rest', () => {
    const search = readSearch('/(/ matmul')!
    expect(search.error).toBe('/(/ is not a regular expression')
    expect(search.matches(texts[0]!, texts[0]!)).toBe(true)
    expect(search.matches(texts[1]!, texts[1]!)).toBe(false)
  })

  it('of blanks, or of the first sign of a part alone, is none', () => {
    for (const query of ['  ', '-', '/', '-/']) expect(readSearch(query)).toBeNull()
    expect(found('nccl -')).toEqual([texts[2]])
  })
})
