// Reproducible noise: a generator for each rank, and log-normal factors from it.

/** splitmix32 (Steele, Lea and Flood 2014, in its 32-bit form): uniform numbers in (0, 1). */
export class Noise {
  #state: number

  constructor(seed: number, stream: number) {
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0
  }

  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let z = this.#state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 4_294_967_296 + 1 / 8_589_934_592
  }

  /** A factor with median 1 whose logarithm has this standard deviation; 1 for 0. */
  factor(sigma: number): number {
    if (sigma === 0) return 1
    const radius = Math.sqrt(-2 * Math.log(this.uniform()))
    return Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.uniform()))
  }
}
