// How the processor of a model sizes an image before its vision tower cuts it into patches. A token is a square of
// `patch × merge` pixels a side; sizes that are not multiples of it are rounded, padded, or cut into tiles.

/** Width and height in pixels. */
export interface ImageSize {
  width: number
  height: number
}

/** What becomes of an image. Plain JSON. */
export type ImageRule =
  /** Each side to the nearest multiple of a token's, the whole within so many pixels (Qwen-VL, GLM-V). */
  | { type: 'nearest'; minPixels: number; maxPixels: number }
  /** The largest of its shape with at most so many tokens, sides rounded down (Gemma 4). */
  | { type: 'largest'; maxTokens: number }
  /** Never larger than it is; smaller where it has more patches than these, then padded (Kimi). */
  | { type: 'padded'; maxPatches: number; maxPatchesOfSide: number }
  /** Smaller where its longer side has more pixels than these, sides rounded up (Pixtral, Mistral 3). */
  | { type: 'longest-side'; maxPixels: number }
  /** A square of a fixed side, whatever its shape (SigLIP in Gemma 3). */
  | { type: 'square'; side: number; tokens: number }
  /**
   * Square tiles, and where there are several one of the whole image besides; chosen by the nearest shape (InternVL),
   * or by how little the image has to shrink (Llama 4).
   */
  | { type: 'tiles'; side: number; tokens: number; most: number; choice: 'shape' | 'canvas' }
