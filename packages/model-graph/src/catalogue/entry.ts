// What the catalogue holds for a model. The fields are those of its config.json on Hugging Face, so
// that a table row and a downloaded file are read by the same code.

/** A model of the catalogue. */
export interface CatalogueEntry {
  name: string
  /** Other names, such as repository names on Hugging Face without their owner. */
  aliases?: string[]
  /** Parameters that its publisher states (model card or paper), multi-token prediction left out. */
  parameters: number
  /** Parameters that one token uses, where the publisher states them. */
  active?: number
  config: Record<string, unknown>
}

export const FP8_BLOCK = { quant_method: 'fp8', weight_block_size: [128, 128] }
