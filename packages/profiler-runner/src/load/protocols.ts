// The streaming interfaces of inference servers: what a request looks like and what an event of its
// stream says. OpenAI completions and chat completions (vLLM, SGLang and others serve both), and
// SGLang's native /generate.
import type { LoadRequest } from './requests.js'

/** What has been read from one stream so far. */
export interface StreamState {
  /** Tokens generated, as far as the server has said; else chunks with content. */
  outputTokens: number
  inputTokens: number | null
  cachedTokens: number | null
  /** The server said that the answer is complete. */
  finished: boolean
  /** The server reported a failure in the stream. */
  error: string | null
}

/** Settings of the requests. */
export interface ProtocolOptions {
  model: string
  temperature: number
  /** Send fields that vLLM and SGLang know and OpenAI does not: exact lengths and counts. */
  extensions: boolean
  /** Further fields for the body. */
  extraBody?: Readonly<Record<string, unknown>>
}

/** One streaming interface. */
export interface LoadProtocol {
  readonly path: string
  /** Whether prompts may be token ids. */
  readonly takesTokenIds: boolean
  body(request: LoadRequest, options: ProtocolOptions): Record<string, unknown>
  /** Takes in one event of the stream, already parsed. */
  read(event: unknown, state: StreamState): void
}

interface Usage {
  prompt_tokens?: number
  completion_tokens?: number
  prompt_tokens_details?: { cached_tokens?: number } | null
}

interface OpenAiEvent {
  choices?: {
    text?: string
    delta?: {
      content?: string | null
      reasoning_content?: string | null
      reasoning?: string | null
    }
    finish_reason?: string | null
  }[]
  usage?: Usage | null
  error?: { message?: string } | string
}

interface SglangEvent {
  text?: string
  meta_info?: {
    prompt_tokens?: number
    completion_tokens?: number
    cached_tokens?: number
    finish_reason?: { type?: string; message?: string } | null
  }
  error?: { message?: string } | string
}

function openAiBody(request: LoadRequest, options: ProtocolOptions): Record<string, unknown> {
  return {
    model: options.model,
    max_tokens: request.outputTokens,
    temperature: options.temperature,
    stream: true,
    stream_options: {
      include_usage: true,
      ...(options.extensions ? { continuous_usage_stats: true } : {}),
    },
    ...(options.extensions ? { ignore_eos: true } : {}),
    ...options.extraBody,
  }
}

function readOpenAi(event: unknown, state: StreamState): void {
  const { choices, usage, error } = event as OpenAiEvent
  if (error !== undefined) {
    state.error = errorText(error)
    return
  }
  const choice = choices?.[0]
  if (choice?.finish_reason) state.finished = true
  if (usage?.completion_tokens !== undefined) {
    // A server that counts in every event gives the running total; one that counts once, at the end,
    // corrects what was counted by chunks.
    state.outputTokens = usage.completion_tokens
    state.inputTokens = usage.prompt_tokens ?? state.inputTokens
    state.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? state.cachedTokens
  } else if (
    choice?.text ||
    choice?.delta?.content ||
    choice?.delta?.reasoning_content ||
    choice?.delta?.reasoning
  ) {
    state.outputTokens++
  }
}

function errorText(error: { message?: string } | string): string {
  return typeof error === 'string' ? error : (error.message ?? JSON.stringify(error))
}

/** Every interface, by the name that users select it by. */
export const PROTOCOLS = {
  openai: {
    path: '/v1/completions',
    takesTokenIds: true,
    body: (request, options) => ({ prompt: request.prompt, ...openAiBody(request, options) }),
    read: readOpenAi,
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    takesTokenIds: false,
    body: (request, options) => ({
      messages: [{ role: 'user', content: request.prompt }],
      ...openAiBody(request, options),
    }),
    read: readOpenAi,
  },
  sglang: {
    path: '/generate',
    takesTokenIds: true,
    body: (request, options) => ({
      ...(typeof request.prompt === 'string'
        ? { text: request.prompt }
        : { input_ids: request.prompt }),
      sampling_params: {
        max_new_tokens: request.outputTokens,
        temperature: options.temperature,
        ignore_eos: true,
      },
      stream: true,
      ...options.extraBody,
    }),
    read(event, state) {
      const { meta_info: meta, error } = event as SglangEvent
      if (error !== undefined) {
        state.error = errorText(error)
        return
      }
      if (meta === undefined) return
      state.outputTokens = meta.completion_tokens ?? state.outputTokens
      state.inputTokens = meta.prompt_tokens ?? state.inputTokens
      state.cachedTokens = meta.cached_tokens ?? state.cachedTokens
      if (meta.finish_reason) {
        state.finished = true
        if (meta.finish_reason.type === 'abort') {
          state.error = meta.finish_reason.message ?? 'aborted by the server'
        }
      }
    },
  },
} as const satisfies Record<string, LoadProtocol>

/** Name of a streaming interface. */
export type ProtocolName = keyof typeof PROTOCOLS
