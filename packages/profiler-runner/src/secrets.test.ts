import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSecretName, maskSecrets, withoutSecrets, withoutSecretValues } from './secrets.js'

// Made for these tests, in the shapes that issuers document.
const SECRETS = {
  'Hugging Face': `hf_${'aB3dE5gH'.repeat(4)}`,
  OpenAI: `sk-${'proj1aB2'.repeat(5)}`,
  GitHub: `ghp_${'aB3dE5gH'.repeat(4)}`,
  AWS: 'AKIAIOSFODNN7EXAMPLE',
  JWT: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
  NGC: `nvapi-${'aB3dE5gH'.repeat(6)}`,
  random: 'q8Zk2Vx91LmPz0Rt7Yw3Nb6Hc4Jd5Fg8',
}

describe.each(Object.entries(SECRETS))('a secret in the shape of %s', (_, secret) => {
  it.each([
    ['alone', secret],
    ['as the value of a flag without a telling name', `--header X-Thing=${secret}`],
    ['in a sentence', `cannot log in with ${secret}, giving up`],
    ['in a URL', `https://example.com/a?x=${secret}&y=1`],
    ['in JSON', JSON.stringify({ a: [{ b: secret }] })],
  ])('is left out %s', (_place, text) => {
    expect(maskSecrets(text)).not.toContain(secret)
    expect(withoutSecrets(text.split(' ')).join(' ')).not.toContain(secret)
    expect(JSON.stringify(withoutSecretValues({ text }))).not.toContain(secret)
  })
})

it.each([
  ['https://me:hunter2@example.com/v1', 'https://…@example.com/v1'],
  ['Bearer abcdefgh12345', 'Bearer …'],
  ['Authorization: Bearer abcdefgh12345', 'Authorization: … …'],
  ['--api-key hunter2 --tp 4', '--api-key … --tp 4'],
  ['--api-key=hunter2', '--api-key=…'],
  ['HF_TOKEN=hunter2 vllm serve', 'HF_TOKEN=… vllm serve'],
  ['{"api_key": "hunter2", "n": 1}', '{"api_key": "…", "n": 1}'],
  ['GET /v1?api_key=hunter2&n=1', 'GET /v1?api_key=…&n=1'],
])('%s is shown as %s', (text, shown) => {
  expect(maskSecrets(text)).toBe(shown)
})

it.each([
  'python3 -m sglang.launch_server --model-path /models/Qwen3-235B-A22B-Instruct-2507-FP8 --tp 8',
  '--max-total-tokens 8192 --tokenizer-path /t --token-id 5 --cache-key a',
  'revision 0123456789abcdef0123456789abcdef01234567',
  'void cutlass::Kernel2<cutlass_80_tensorop_s16816gemm_bf16_128x256_64x3_nn_align8>',
  'http://127.0.0.1:30000/generate',
])('%s stays as it is', (text) => {
  expect(maskSecrets(text)).toBe(text)
  expect(withoutSecrets(text.split(' '))).toEqual(text.split(' '))
})

it.each([
  ['api_key', true],
  ['apiKey', true],
  ['HF_TOKEN', true],
  ['hf-token', true],
  ['dbPassword', true],
  ['AWS_SECRET_ACCESS_KEY', true],
  ['key', true],
  ['tokenizer', false],
  ['max_total_tokens', false],
  ['token_id', false],
  ['monkey', false],
])('%s names a secret: %s', (name, is) => {
  expect(isSecretName(name)).toBe(is)
})

it('is done in time that grows with the text, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (text) => typeof maskSecrets(text) === 'string'),
  )
  const started = process.cpuUsage().user
  maskSecrets('a:'.repeat(50_000) + '--'.repeat(50_000) + 'eyJ'.repeat(30_000))
  expect(process.cpuUsage(undefined).user - started).toBeLessThan(5e6)
})
