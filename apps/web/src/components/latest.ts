// Answers to what changes faster than it can be answered.
import { useEffect, useRef, useState } from 'preact/hooks'

/**
 * Asks `answer` of the newest value whenever `key` changes, one question at a time: values in between are left out,
 * the last one never is. True until the value of this key is answered: what is shown until then is of a former one.
 */
export function useLatest<T>(key: string, value: T, answer: (value: T) => Promise<void>): boolean {
  const isBusy = useRef(false)
  const wanted = useRef<{ key: string; value: T } | null>(null)
  const [answered, setAnswered] = useState<string>()
  useEffect(() => {
    wanted.current = { key, value }
    const next = async () => {
      if (isBusy.current) return
      isBusy.current = true
      while (wanted.current !== null) {
        const asked = wanted.current
        wanted.current = null
        await answer(asked.value)
        setAnswered(asked.key)
      }
      isBusy.current = false
    }
    void next()
  }, [key])
  return answered !== key
}
