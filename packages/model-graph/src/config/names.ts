// What families call the same thing.
export const LAYERS = ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers'] as const
export const HIDDEN = ['hidden_size', 'n_embd', 'd_model', 'dim', 'hidden_dim'] as const
export const VOCAB = ['vocab_size', 'padded_vocab_size', 'n_vocab'] as const
export const POSITIONS = [
  'max_position_embeddings',
  'n_positions',
  'model_max_length',
  'seq_length',
  'max_sequence_length',
  'max_seq_len',
  'n_ctx',
] as const
export const HEADS = ['num_attention_heads', 'n_head', 'num_heads', 'n_heads'] as const
export const KV_HEADS = [
  'num_key_value_heads',
  'num_attention_groups',
  'multi_query_group_num',
  'num_kv_heads',
  'n_head_kv',
  'n_kv_heads',
  'num_query_groups',
] as const
export const HEAD_DIM = ['head_dim', 'kv_channels', 'attention_head_dim', 'd_kv'] as const
export const INTER = [
  'intermediate_size',
  'ffn_hidden_size',
  'ffn_dim',
  'n_inner',
  'ffn_size',
  'd_ff',
  'hidden_dim',
] as const
export const EXPERTS = [
  'num_experts',
  'n_routed_experts',
  'num_local_experts',
  'moe_num_experts',
  'num_routed_experts',
] as const
export const EXPERTS_PER_TOKEN = [
  'num_experts_per_tok',
  'num_experts_per_token',
  'moe_topk',
  'moe_top_k',
  'moe_k',
  'experts_per_token',
  'top_k_experts',
  'num_selected_experts',
] as const
export const EXPERT_INTER = [
  'moe_intermediate_size',
  'expert_intermediate_size',
  'expert_ffn_hidden_size',
  'moe_ffn_hidden_size',
  'ffn_hidden_size',
  'intermediate_size',
] as const
export const SHARED_INTER = [
  'shared_expert_intermediate_size',
  'shared_intermediate_size',
  'moe_shared_expert_intermediate_size',
  'share_expert_dim',
] as const
export const SHARED_EXPERTS = [
  'n_shared_experts',
  'num_shared_experts',
  'moe_num_shared_experts',
  'num_shared_expert',
  'moe_n_shared_experts',
] as const
export const ACTIVATION = [
  'hidden_act',
  'hidden_activation',
  'mlp_hidden_act',
  'activation_function',
  'activation',
  'ffn_act_fn',
] as const
