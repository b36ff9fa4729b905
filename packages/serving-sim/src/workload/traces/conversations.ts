// ShareGPT with its texts: `[{ id, conversations: [{ from: "human", value }, { from: "gpt", value }, …] }]`, in an array
// or an object a line. Each answer of a conversation is a request; its prompt is all that was said before. Tokens are
// estimated: characters over `charactersPerToken`, up to the next one.
//
// Source: anon8231489123/ShareGPT_Vicuna_unfiltered, as the engines' benchmarks read it. What a system says first is
// part of the first prompt; conversations without an answer are left out.
import type { WorkloadRequest } from '@flowsim/trace-schema'
import { MOST_TOKENS } from '../../config/limits.js'
import { ServingError, type SourcePlace } from '../../errors.js'
import type { TraceFormat } from '../trace-format.js'
import { jsonObjects } from './json-lines.js'

/** OpenAI's rule of thumb for English. */
export const CHARACTERS_PER_TOKEN = 4

const ANSWERS = new Set(['gpt', 'assistant', 'chatgpt', 'bing', 'bard', 'model'])

export const conversations: TraceFormat = {
  name: 'conversations',
  hasTimes: false,
  recognise: ({ columns, text }) =>
    columns === null && /"(conversations|items)"\s*:\s*\[/.test(text) ? 4 : 0,
  read(text, source, { charactersPerToken = CHARACTERS_PER_TOKEN } = {}) {
    const tokensOf = (said: number) => Math.ceil(said / charactersPerToken)
    const requests: WorkloadRequest[] = []
    let index = 0
    for (const { value, place } of jsonObjects(text, source)) {
      const session = String(value.id ?? index)
      index++
      let said = 0
      let round = 0
      for (const { from, text: turn } of turnsOf(value, place)) {
        if (ANSWERS.has(from) && said > 0) {
          const inputTokens = tokensOf(said)
          if (inputTokens > MOST_TOKENS) {
            throw new ServingError(
              'invalid_trace',
              `conversation ${session} has a prompt of ${inputTokens} tokens; a request has at most ${MOST_TOKENS}`,
              place,
            )
          }
          requests.push({
            id: `${session}-${round}`,
            arrivalNs: 0,
            inputTokens,
            outputTokens: Math.max(1, tokensOf(turn.length)),
            session,
            round,
          })
          round++
        }
        said += turn.length
      }
    }
    return requests
  },
}

function turnsOf(
  value: Record<string, unknown>,
  place: SourcePlace,
): { from: string; text: string }[] {
  const turns = value.conversations ?? value.items
  if (!Array.isArray(turns)) {
    throw new ServingError('invalid_trace', 'a conversation has no list of turns', place)
  }
  return turns.map(
    (turn: { from?: unknown; role?: unknown; value?: unknown; content?: unknown }) => {
      const from = turn?.from ?? turn?.role
      const text = turn?.value ?? turn?.content
      if (typeof from === 'string' && typeof text === 'string') return { from, text }
      throw new ServingError(
        'invalid_trace',
        'a turn of a conversation needs the texts from and value',
        place,
      )
    },
  )
}
