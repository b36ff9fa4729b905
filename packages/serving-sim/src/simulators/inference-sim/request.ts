/** A request for inference-sim. */
export interface InferenceSimRequest {
  id: string
  arrivalUs: number
  /** Prompt, shared prefix included. */
  inputTokens: number
  outputTokens: number
  /** Shared prefix, by name, and its tokens. */
  prefixGroup?: string
  prefixTokens?: number
}
