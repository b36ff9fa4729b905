// Answers to what changes faster than it can be answered.
import { useEffect, useRef } from 'preact/hooks'

/**
 * Asks `answer` of the newest value whenever `key` changes, one question at a time: values in between are left out,
 * the last one never is.
 */
export function useLatest<T>(key: string, value: T, answer: (value: T) => Promise<void>): void {
  const isBusy = useRef(false)
  const wanted = useRef<T | null>(null)
  useEffect(() => {
    wanted.current = value
    const next = async () => {
      if (isBusy.current) return
      isBusy.current = true
      while (wanted.current !== null) {
        const asked = wanted.current
        wanted.current = null
        await answer(asked)
      }
      isBusy.current = false
    }
    void next()
  }, [key])
}
