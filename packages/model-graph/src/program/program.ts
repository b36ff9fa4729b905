// The whole step: embedding, layers, head, and the hand-over between stages of a pipeline.
import type { OpCallOf } from '@flowsim/trace-schema'
import { ModelGraphError } from '../errors.js'
import { type LayerGroup, type LayerKind, layerGroups } from '../model.js'
import { addAttention } from './attention.js'
import type { ProgramBuilder, Rows } from './builder.js'
import { addDense, addExperts } from './feed-forward.js'
import { addLatentAttention } from './latent-attention.js'
import { addLinearAttention } from './linear-attention.js'

/**
 * Adds the operations of a step.
 * @param expanded - every layer in turn, instead of one set of operations for each kind of layer
 */
export function addStep(b: ProgramBuilder, expanded: boolean): void {
  const { stage } = b.options
  const { stages } = b.layout
  if (stage !== undefined && stages[stage] === undefined) {
    throw new ModelGraphError(
      'invalid_option',
      `stage: is ${String(stage)}; the pipeline has stages 0 to ${stages.length - 1}`,
      { path: 'stage' },
    )
  }
  const last = stages.length - 1
  if (stage === undefined && !expanded) {
    addEmbedding(b)
    addLayers(b, layerGroups(b.model))
    b.leaveLayers()
    addHandOver(b, 'send', last)
    addHead(b)
    return
  }
  for (const [index, { first, count }] of stages.entries()) {
    if (stage !== undefined && stage !== index) continue
    b.leaveLayers()
    if (index === 0) addEmbedding(b)
    else if (stage !== undefined) addHandOver(b, 'recv', 1)
    const groups = layerGroups(b.model, first, count)
    addLayers(b, expanded ? inOrder(groups) : groups)
    b.leaveLayers()
    if (index === last) addHead(b)
    else addHandOver(b, 'send', 1)
  }
}

function inOrder(groups: LayerGroup[]): LayerGroup[] {
  return groups
    .flatMap(({ kind, layers }) => layers.map((layer) => ({ kind, layers: [layer] })))
    .sort((a, b) => a.layers[0]! - b.layers[0]!)
}

function addLayers(b: ProgramBuilder, groups: LayerGroup[]): void {
  for (const { kind, layers } of groups) {
    b.enterLayers(layers)
    addLayer(b, kind, layers[0] === 0)
  }
}

function addEmbedding(b: ProgramBuilder): void {
  const { hidden, vocab, positions } = b.model
  const { tensor, sequence, share } = b.layout
  const { activations: dtype } = b.dtypes
  const lookup: OpCallOf<'embedding'> = {
    op: 'embedding',
    tokens: 0,
    hidden,
    vocab: share(vocab, tensor),
    dtype,
  }
  b.add('embed_tokens', 'embed_tokens', lookup, (call, sizes) => {
    call.tokens = sizes.tokens
  })
  b.reduceTensor('embed', 'embed_tokens', sequence)
  if (positions !== 'learned') return
  const learned: OpCallOf<'embedding'> = {
    op: 'embedding',
    tokens: 0,
    hidden,
    vocab: b.model.maxPositions,
    dtype,
  }
  const rows = normRows(b)
  b.add('embed_positions', 'embed_positions', learned, (call, sizes) => {
    call.tokens = sizes[rows]
  })
  b.pointwise('embed_add', 'embed_positions', rows, hidden, 'add', 2)
}

/** Rows of norms and residual additions. */
function normRows(b: ProgramBuilder): Rows {
  return b.layout.sequence ? 'shardTokens' : 'tokens'
}

function addLayer(b: ProgramBuilder, kind: LayerKind, first: boolean): void {
  const { hidden, norm, residual } = b.model
  const { sequence, tensor, dispatch } = b.layout
  const rows = normRows(b)
  const fused = norm === 'rmsnorm' && residual !== 'parallel'
  addInputNorm(b, rows, fused, first)

  if (sequence) b.gatherTensor('attention_input', 'self_attn')
  addMixer(b, kind)
  const experts = kind.ffn.type === 'moe'
  // Tokens stay divided from here to the end of the experts where each device dispatches its own.
  const divided = experts && dispatch !== 'all_reduce' && tensor > 1
  b.reduceTensor('attention', 'self_attn', sequence || divided)
  const ffnRows: Rows = sequence || divided ? 'shardTokens' : 'tokens'

  if (residual === 'sandwich') {
    b.norm('post_attention_norm', 'post_self_attn_layernorm', ffnRows, hidden, false)
  }
  if (residual !== 'parallel') {
    if (!fused) b.pointwise('attention_residual', '', ffnRows, hidden, 'add', 2)
    b.norm('post_attention_layernorm', 'post_attention_layernorm', ffnRows, hidden, fused)
  }
  if (sequence && !divided) b.gatherTensor('mlp_input', 'mlp')
  if (kind.ffn.type === 'moe') addExperts(b, kind.ffn)
  else addDense(b, kind.ffn)
  if (!divided) b.reduceTensor('mlp', 'mlp', sequence)
  else if (!sequence) b.gatherTensor('mlp_output', 'mlp')

  if (residual === 'sandwich') b.norm('post_mlp_norm', 'post_mlp_layernorm', rows, hidden, false)
  if (!fused) {
    b.pointwise('mlp_residual', '', rows, hidden, 'add', residual === 'parallel' ? 3 : 2)
  }
}

/** The first layer has no residual to add; the others have where the norm adds it. */
function addInputNorm(b: ProgramBuilder, rows: Rows, fused: boolean, first: boolean): void {
  const { hidden } = b.model
  const plain = !fused ? b.layerCount : first ? 1 : 0
  b.only(plain, () => b.norm('input_layernorm', 'input_layernorm', rows, hidden, false))
  b.only(b.layerCount - plain, () =>
    b.norm('input_layernorm', 'input_layernorm', rows, hidden, true),
  )
}

function addMixer(b: ProgramBuilder, { mixer }: LayerKind): void {
  if (mixer.type === 'attention') addAttention(b, mixer)
  else if (mixer.type === 'mla') addLatentAttention(b, mixer)
  else addLinearAttention(b, mixer)
}

function addHead(b: ProgramBuilder): void {
  const { hidden, vocab, norm, residual, headBias } = b.model
  const { tensor, sequence, share } = b.layout
  const dtype = b.dtypes.activations
  b.norm('norm', 'norm', normRows(b), hidden, norm === 'rmsnorm' && residual !== 'parallel')
  if (sequence) b.gatherTensor('head_input', 'norm')
  b.leaveLayers('')
  const samples = { needs: 'samples', varies: 'samples' } as const
  const last: OpCallOf<'gather'> = { op: 'gather', rows: 0, cols: hidden, dtype }
  b.add(
    'last_tokens',
    'logits_processor',
    last,
    (call, sizes) => {
      // A batch that only decodes samples after every token: nothing to pick.
      call.rows = sizes.samples
    },
    { ...samples, needs: 'prefill' },
  )
  const columns = share(vocab, tensor)
  b.linear('lm_head', 'lm_head', 'head', 'samples', columns, hidden, {
    ...samples,
    bias: headBias,
  })
  b.communicate(
    'all_gather',
    'logits_all_gather',
    'logits_processor',
    'tensor',
    tensor,
    (sizes) => sizes.samples * columns * tensor,
    samples,
  )
  const sample: OpCallOf<'sampling'> = { op: 'sampling', rows: 0, cols: vocab, dtype: 'fp32' }
  b.add(
    'sample',
    'sampler',
    sample,
    (call, sizes) => {
      call.rows = sizes.samples
    },
    samples,
  )
}

function addHandOver(b: ProgramBuilder, op: 'send' | 'recv', times: number): void {
  if (times === 0) return
  const { hidden } = b.model
  const rows = normRows(b)
  b.communicate(op, `pipeline_${op}`, 'pipeline', 'pipeline', 2, (sizes) => sizes[rows] * hidden, {
    times,
  })
}
