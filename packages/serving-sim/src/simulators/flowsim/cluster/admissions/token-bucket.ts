import type { CreateAdmission } from '../admission.js'

/** Prompt tokens against a bucket that fills at a steady rate. */
export const tokenBucket: CreateAdmission = ({ burstTokens, tokensPerS }) => {
  let tokens = burstTokens
  let sinceNs = 0
  return {
    admits({ inputTokens }, _, now) {
      tokens = Math.min(burstTokens, tokens + ((now - sinceNs) / 1e9) * tokensPerS)
      sinceNs = now
      if (tokens < inputTokens) return false
      tokens -= inputTokens
      return true
    },
  }
}
