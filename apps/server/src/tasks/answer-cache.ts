// Answers that were computed before: traces ask for the same shapes again and again, and an answer
// depends on nothing but the request. Kept as JSON text, the form in which they are sent.
/** The most recent answers, by request. */
export class AnswerCache {
  private readonly answers = new Map<string, string>()
  private bytes = 0

  /** @param maxBytes - of requests and answers together, a byte for a character */
  constructor(private readonly maxBytes: number) {}

  get(key: string): string | undefined {
    const answer = this.answers.get(key)
    if (answer !== undefined) {
      // A map keeps the order of insertion: the least recently used is the first.
      this.answers.delete(key)
      this.answers.set(key, answer)
    }
    return answer
  }

  set(key: string, answer: string): void {
    this.forget(key)
    if (key.length + answer.length > this.maxBytes / 16) return
    this.answers.set(key, answer)
    this.bytes += key.length + answer.length
    while (this.bytes > this.maxBytes) this.forget(this.answers.keys().next().value!)
  }

  private forget(key: string): void {
    const answer = this.answers.get(key)
    if (answer === undefined) return
    this.answers.delete(key)
    this.bytes -= key.length + answer.length
  }
}
