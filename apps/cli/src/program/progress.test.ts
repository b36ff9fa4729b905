import { describe, expect, it, vi } from 'vitest'
import { flowsim, flowsimWithStages } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'
import { note } from './print.js'
import { Progress, setQuiet, stage } from './progress.js'

const folder = testFolder()
const trace = 'examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'

describe('the stages of work', () => {
  it('are a line each on stderr where nobody sees a terminal', async () => {
    const { code, out, err } = await flowsimWithStages(
      'run',
      trace,
      '-o',
      `${folder}/run`,
      '--json',
    )
    expect(code).toBe(0)
    expect(() => JSON.parse(out)).not.toThrow()
    expect(err.split('\n').map((line) => line.replace(/[\d,.]+( k?MB| kB)?|\/\S+/g, '#'))).toEqual([
      expect.stringMatching(/^reading .*\(#\)$/),
      'predicting # kernels on h#_sxm',
      'writing into #',
      '',
    ])
  })

  it.each([
    [['analyze', trace], /^reading .+\nanalysing 1 trace\n$/],
    [['diff', trace, trace], /^(reading .+\n){2}matching kernels\n$/],
    [
      ['replay', trace],
      /^reading .+\nbuilding the graph\n(?:note: .+\n)*replaying as measured and in 0 scenarios\n/,
    ],
    [
      ['serving', 'run', '--config', 'examples/serving/llama-8b.yaml'],
      /^simulating \d+ requests\n/,
    ],
  ])('%j says them', async (words, lines) => {
    expect((await flowsimWithStages(...words)).err).toMatch(lines)
  })

  it('are not said with --quiet; what is wrong is', async () => {
    const { code, err } = await flowsimWithStages('analyze', trace, '--quiet')
    expect([code, err]).toEqual([0, ''])
    const missing = await flowsimWithStages('analyze', 'none.json', '--quiet')
    expect([missing.code, missing.err]).toEqual([
      1,
      expect.stringMatching(/^flowsim: none\.json: /),
    ])
    expect((await flowsim('analyze', trace)).err).toBe('')
  })

  it('are one changing line on a terminal, which makes room for what is printed', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const { isTTY } = process.stderr
    process.stderr.isTTY = true
    setQuiet(false)
    try {
      stage('reading a\u001b[31m')
      const progress = new Progress('simulating')
      progress.update(() => 'too soon')
      note('a warning')
      progress.done()
      expect(write.mock.calls.map(([text]) => text)).toEqual([
        '\r\u001b[Kreading a\\u001b[31m',
        '\r\u001b[Ksimulating',
        '\r\u001b[K',
        'a warning\n',
      ])
    } finally {
      process.stderr.isTTY = isTTY
      write.mockRestore()
    }
  })
})
