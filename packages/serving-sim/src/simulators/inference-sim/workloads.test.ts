import { expect, test } from 'vitest'
import { corpus, describeWithCorpus } from '../../../../../tests/corpus.js'
import { readCsv, readJson } from '../../../test/csv.js'
import { inferenceSimCliRequests } from './cli-workload.js'

describeWithCorpus('workloads of inference-sim', () => {
  test.each([
    'h1-roofline-single',
    'h3-trained-tp4-70b',
    'h5-kv-pressure',
    'h7-cluster4-round-robin',
  ])("inference-sim's command line draws %s from its seed", (name) => {
    const folder = corpus('serving/blis/head')
    const { workload_flags: flags } = readJson<{ workload_flags: string[] }>(
      `${folder}/${name}.expected.json`,
    )
    const flag = (key: string, otherwise: number) => {
      const at = flags.indexOf(`--${key}`)
      return at < 0 ? otherwise : Number(flags[at + 1])
    }
    const lengths = (key: string) => ({
      mean: flag(`${key}-tokens`, 512),
      stdev: flag(`${key}-tokens-stdev`, 256),
      min: 2,
      max: flag(`${key}-tokens-max`, 7000),
    })
    const requests = inferenceSimCliRequests({
      seed: 42,
      ratePerS: flag('rate', 1),
      requests: flag('num-requests', 100),
      promptTokens: lengths('prompt'),
      outputTokens: lengths('output'),
      prefixTokens: flag('prefix-tokens', 0),
    })
    const expected = readCsv(`${folder}/${name}.requests.csv`)
    expect(
      requests.map(({ arrivalUs, inputTokens, outputTokens, prefixTokens }) => [
        arrivalUs,
        inputTokens - (prefixTokens ?? 0),
        outputTokens,
      ]),
    ).toEqual(
      expected.map((row) => [
        Number(row.arrival_us),
        Number(row.input_tokens_excl_prefix),
        Number(row.output_tokens),
      ]),
    )
  })
})
