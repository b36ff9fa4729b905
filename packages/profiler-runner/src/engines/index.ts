// The engines, by the name that users select them by.
import { custom } from './custom.js'
import type { Engine } from './engine.js'
import { sglang } from './sglang.js'
import { vllm } from './vllm.js'

/** Every engine. */
export const ENGINES = { sglang, vllm, custom } as const satisfies Record<string, Engine>

/** Name of an engine. */
export type EngineName = keyof typeof ENGINES
