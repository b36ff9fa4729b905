// Leaves secrets out of what is logged, recorded and shown: by the name that they stand under, and by their
// shape wherever they stand. Shapes are those that issuers document: Hugging Face, OpenAI, GitHub, GitLab, AWS,
// Google, Slack, npm, NVIDIA NGC; JSON Web Tokens (RFC 7519), bearer and basic credentials (RFC 6750, 7617),
// user information in URLs (RFC 3986, 3.2.1), PEM private keys (RFC 7468).

/** What stands where a secret was. */
export const MASK = '…'

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:'"]*(?::[^\s/@'"]*)?@/gi, `$1${MASK}@`],
  [/\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  [/\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g, MASK],
  [
    /\b(?:hf_|sk-|sk_|pk_|rk_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|npm_|nvapi-|AIza|dckr_pat_|pypi-)[\w-]{16,}/g,
    MASK,
  ],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, MASK],
]

/** A run of characters that keys are made of. */
const KEY_LIKE = /[\w+=-]{32,}/g

/** `NAME=value`, `"name": "value"`, `name: value`, `?name=value`, `--name value`. */
const NAMED =
  /((?:^|[\s?&;,{'"(-])--?|(?:^|[\s?&;,{'"(]))([A-Za-z][\w.-]*)(['"]?\s*[=:]\s*['"]?|(?<=--[\w.-]*)\s+)([^\s'"&,;}]+)/g

/** A text without what has the name or the shape of a secret. */
export function maskSecrets(text: string): string {
  let masked = text
  for (const [shape, replacement] of SHAPES) masked = masked.replace(shape, replacement)
  masked = masked.replace(NAMED, (all, before, name, between, value) =>
    isSecretName(name) && !isPlain(value) ? `${before}${name}${between}${MASK}` : all,
  )
  return masked.replace(KEY_LIKE, (run) => (isRandom(run) ? MASK : run))
}

/** A command line, word by word, without its secrets. */
export function withoutSecrets(command: readonly string[]): string[] {
  return command.map((word, i) => {
    const flag = /^--?([\w.-]+)$/.exec(command[i - 1] ?? '')?.[1]
    if (flag !== undefined && !word.startsWith('-') && isSecretName(flag)) return MASK
    return maskText(word)
  })
}

/** A JSON value without its secrets. */
export function withoutSecretValues(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map(withoutSecretValues)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      typeof inner === 'string' && isSecretName(name) ? MASK : withoutSecretValues(inner),
    ]),
  )
}

/**
 * Whether a flag, variable or field holds a secret by its name: `api_key`, `HF_TOKEN`, `dbPassword`, and not
 * `tokenizer_path`, `max-total-tokens`, `cache_key`.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  return words.some(
    (word, i) =>
      SECRET_WORDS.has(word) ||
      (word === 'key' && (words.length === 1 || SECRET_KEYS.has(words[i - 1]!))) ||
      // A token that is a count or a text of the model's is `token` and another word: `token_id`.
      (word === 'token' && (i === words.length - 1 || words[i + 1] === 'value')),
  )
}

const SECRET_WORDS = new Set(
  'secret secrets password passwd passphrase pwd credential credentials apikey authorization cookie privatekey accesskey'.split(
    ' ',
  ),
)
const SECRET_KEYS = new Set(
  'api access private secret auth account encryption signing ssh'.split(' '),
)

/** A value that cannot be a secret: a number, a truth value, a path, or a mask already. */
function isPlain(value: string): boolean {
  return /^(?:-?[\d.]+|true|false|none|null|\.{0,2}\/.*)$/i.test(value) || value.includes(MASK)
}

/** Both cases, digits, and no word of six letters: what a generator writes. A hash in hex is none. */
function isRandom(run: string): boolean {
  return (
    /[a-z]/.test(run) &&
    /[A-Z]/.test(run) &&
    (run.match(/\d/g)?.length ?? 0) >= 4 &&
    !/[a-z]{6}|[A-Z]{6}|_.*_/.test(run)
  )
}

/** JSON within a word is masked as JSON. */
function maskText(text: string): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(withoutSecretValues(JSON.parse(text)))
    } catch {
      // It only looks like JSON.
    }
  }
  return maskSecrets(text)
}
