// Answers that were computed before: traces ask for the same shapes again and again, and an answer
// depends on nothing but the request. Kept as JSON text, the form in which they are sent.
/** The most recent answers, by request. */
export class AnswerCache {
  private readonly answers = new Map<string, string>()

  constructor(private readonly capacity: number) {}

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
    this.answers.set(key, answer)
    if (this.answers.size > this.capacity) {
      this.answers.delete(this.answers.keys().next().value!)
    }
  }
}
