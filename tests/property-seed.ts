// Property tests draw the same cases in every run, so that a change is judged by what it changes. With
// FLOWSIM_PROPERTY_SEED=random they draw others, and a failure prints its seed.
import fc from 'fast-check'

const wanted = process.env.FLOWSIM_PROPERTY_SEED || '20261130'
if (wanted !== 'random') {
  const seed = Number(wanted)
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`FLOWSIM_PROPERTY_SEED must be an integer or "random", not "${wanted}"`)
  }
  fc.configureGlobal({ seed })
}
