// What is read of a checkpoint: its configuration, its quantisation, and the size of its weights.

/** Parsed files of a checkpoint. */
export interface ModelFiles {
  /** config.json. */
  config: unknown
  /** hf_quant_config.json, as ModelOpt writes it. */
  quantization?: unknown
  checkpoint?: CheckpointSize
}

/** What headers or the index of safetensors tell. */
export interface CheckpointSize {
  /** Bytes of all tensors. */
  bytes: number
  /** Rows of the embedding table, where headers were read. */
  vocab?: number
}
