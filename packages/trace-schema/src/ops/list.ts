// Every operation of the vocabulary, in its order.
import { allGather } from './all-gather.js'
import { allReduce } from './all-reduce.js'
import { allToAll } from './all-to-all.js'
import { attention } from './attention.js'
import { barrier } from './barrier.js'
import { batchnorm } from './batchnorm.js'
import { bmm } from './bmm.js'
import { broadcast } from './broadcast.js'
import { cat } from './cat.js'
import { conv } from './conv.js'
import { copy } from './copy.js'
import { elementwise } from './elementwise.js'
import { embedding } from './embedding.js'
import { fft } from './fft.js'
import { fill } from './fill.js'
import { gather } from './gather.js'
import { gelu } from './gelu.js'
import { geluMul } from './gelu-mul.js'
import { groupedGemm } from './grouped-gemm.js'
import { groupnorm } from './groupnorm.js'
import { kvCacheWrite } from './kv-cache-write.js'
import { layernorm } from './layernorm.js'
import { matmul } from './matmul.js'
import { memcpy } from './memcpy.js'
import { memset } from './memset.js'
import { moe } from './moe.js'
import { moePermute } from './moe-permute.js'
import { moeRoute } from './moe-route.js'
import { other } from './other.js'
import { pool } from './pool.js'
import { quantize } from './quantize.js'
import { random } from './random.js'
import { recv } from './recv.js'
import { reduce } from './reduce.js'
import { reduceScatter } from './reduce-scatter.js'
import { relu } from './relu.js'
import { rmsnorm } from './rmsnorm.js'
import { rope } from './rope.js'
import { sampling } from './sampling.js'
import { scan } from './scan.js'
import { scatter } from './scatter.js'
import { send } from './send.js'
import { silu } from './silu.js'
import { siluMul } from './silu-mul.js'
import { softmax } from './softmax.js'
import { sort } from './sort.js'
import { topk } from './topk.js'

export const LIST = [
  matmul,
  bmm,
  groupedGemm,
  moe,
  attention,
  conv,
  softmax,
  layernorm,
  rmsnorm,
  batchnorm,
  groupnorm,
  gelu,
  silu,
  relu,
  siluMul,
  geluMul,
  elementwise,
  reduce,
  scan,
  gather,
  scatter,
  copy,
  cat,
  fill,
  random,
  pool,
  fft,
  embedding,
  rope,
  kvCacheWrite,
  quantize,
  topk,
  sort,
  sampling,
  moeRoute,
  moePermute,
  allReduce,
  allGather,
  reduceScatter,
  allToAll,
  broadcast,
  send,
  recv,
  barrier,
  memcpy,
  memset,
  other,
] as const
