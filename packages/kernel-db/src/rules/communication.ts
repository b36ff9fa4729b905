// Collectives: NCCL and RCCL, custom all-reduce of serving engines, symmetric memory, expert-parallel
// dispatch and combine.
import type { KernelRule } from '../rule.js'

export const COMMUNICATION: readonly KernelRule[] = [
  {
    id: 'nccl.all_reduce',
    kernel: /^r?nccl\w*Kernel\w*_AllReduce|^msccl\w*Kernel/i,
    op: 'all_reduce',
    library: 'nccl',
    examples: [
      'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
      'ncclKernel_AllReduce_RING_LL_Sum_float(ncclDevComm*, unsigned long, ncclWork*)',
      'ncclSymDevKernel_AllReduce_RSxLD_AGxST_Sum_bf16(ncclSymDevArgs)',
      'mscclKernel_Sum_half_Simple_false(ncclDevComm*, mscclAlgo*, mscclWork*)',
    ],
  },
  {
    id: 'nccl.all_gather',
    kernel: /^r?nccl\w*Kernel\w*_AllGather/i,
    op: 'all_gather',
    library: 'nccl',
    examples: ['ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)'],
  },
  {
    id: 'nccl.reduce_scatter',
    kernel: /^r?nccl\w*Kernel\w*_Reduce(?:Scatter)?_/i,
    op: 'reduce_scatter',
    library: 'nccl',
    examples: [
      'ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL(ncclDevComm*, unsigned long, ncclWork*)',
    ],
  },
  {
    id: 'nccl.broadcast',
    kernel: /^r?nccl\w*Kernel\w*_Broadcast/i,
    op: 'broadcast',
    library: 'nccl',
    examples: ['ncclKernel_Broadcast_RING_LL_Sum_int8_t(ncclDevComm*, unsigned long, ncclWork*)'],
  },
  {
    id: 'nccl.all_to_all',
    kernel: /^r?nccl\w*Kernel\w*_(?:SendRecv|AllToAll)/i,
    operator: /all_?to_?all/i,
    op: 'all_to_all',
    library: 'nccl',
    parameters: { op: 'all_to_all' },
    examples: [
      {
        kernel: 'ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)',
        operators: ['record_param_comms', 'c10d::alltoall_base_'],
      },
    ],
  },
  {
    id: 'nccl.send',
    kernel: /^r?nccl\w*Kernel\w*_SendRecv/i,
    operator: /send|recv/i,
    op: 'send',
    library: 'nccl',
    parameters: { op: 'send' },
    examples: [
      {
        kernel: 'ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)',
        operators: ['record_param_comms', 'c10d::send'],
      },
    ],
  },
  {
    // Point-to-point kernels that carry another collective, as some builds of NCCL run it.
    id: 'nccl.all_reduce_by_operator',
    kernel: /^r?nccl\w*Kernel\w*_SendRecv/i,
    operator: /^c10d::all_?reduce/i,
    op: 'all_reduce',
    library: 'nccl',
    parameters: { op: 'all_reduce' },
    examples: [
      {
        kernel:
          'ncclKernel_SendRecv_RING_SIMPLE_Sum_int8_t(ncclDevComm*, unsigned long, ncclWork*)',
        operators: ['record_param_comms', 'c10d::allreduce_'],
      },
    ],
  },
  {
    id: 'nccl.send_recv',
    kernel: /^r?nccl\w*Kernel\w*_(?:SendRecv|AllToAll)/i,
    op: 'all_to_all',
    library: 'nccl',
    examples: ['ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)'],
  },
  {
    id: 'nccl.generic',
    kernel: /^r?nccl\w*Kernel|^rcclGenericKernel|^ncclGenericKernel/i,
    op: 'all_reduce',
    library: 'rccl',
    examples: [
      'ncclDevKernel_Generic(ncclDevKernelArgsStorage<4096ul>)',
      'ncclDevKernel_Generic_4(ncclDevKernelArgsStorage<4096ul>)',
    ],
  },
  {
    id: 'custom.cross_device_reduce',
    kernel: /cross_device_reduce_[12]stage\w*(?:<(?<dtype>[^,<>]+), (?<devices>\d+))?/,
    op: 'all_reduce',
    library: 'custom_all_reduce',
    parameters: { op: 'all_reduce' },
    examples: [
      'void sglang::cross_device_reduce_1stage<__nv_bfloat16, 4>(sglang::RankData*, sglang::RankSignals, sglang::Signal*, __nv_bfloat16*, int, int)',
      'void vllm::cross_device_reduce_2stage<__half, 8>(vllm::RankData*, vllm::RankSignals, vllm::Signal*, __half*, int, int)',
      'void aiter::cross_device_reduce_2stage<__hip_bfloat16, 8>(aiter::RankData*, aiter::RankSignals, aiter::Signal*, __hip_bfloat16*, int, int)',
    ],
  },
  {
    id: 'custom.fused_all_reduce_norm',
    kernel:
      /(?:allreduce_fusion|moereduce_allreduce|moefinalize_allreduce|AllreduceFusion|all_?reduce_norm|all_?reduce_\w*rms|minimax_allreduce)\w*kernel\w*(?:<[^,]*, (?<dtype>[^,<>]+), (?<devices>\d+))?/i,
    op: 'all_reduce',
    library: 'flashinfer',
    parameters: { op: 'all_reduce' },
    fused: ['rmsnorm'],
    examples: [
      'void flashinfer::trtllm_allreduce_fusion::allreduce_fusion_kernel_oneshot_lamport<(flashinfer::trtllm_allreduce_fusion::AllReduceFusionPattern)1, __nv_bfloat16, 8, false, false>(flashinfer::trtllm_allreduce_fusion::AllReduceFusionParams<__nv_bfloat16>)',
      'void flashinfer::trtllm_allreduce_fusion::allreduce_fusion_kernel_twoshot_sync<(flashinfer::trtllm_allreduce_fusion::AllReduceFusionPattern)1, __nv_bfloat16, 8, false>(flashinfer::trtllm_allreduce_fusion::AllReduceFusionParams<__nv_bfloat16>)',
      'void tensorrt_llm::kernels::ar_fusion::moe::moereduce_allreduce_fusion_kernel_oneshot_lamport<__nv_bfloat16, 8>(tensorrt_llm::kernels::ar_fusion::moe::MoeReductionAllReduceFusionParams)',
    ],
  },
  {
    id: 'custom.reduce_scatter',
    kernel:
      /reduce_?scatter(?!_tensor)\w*(?:kernel|cross_device|store)|cross_device_\w*reduce_scatter/i,
    op: 'reduce_scatter',
    library: 'custom_all_reduce',
    parameters: { op: 'reduce_scatter' },
    examples: [
      'void aiter::reduce_scatter_cross_device_store<__hip_bfloat16, 8>(aiter::RankData*, aiter::RankSignals, aiter::Signal*, int, int)',
    ],
  },
  {
    id: 'custom.all_gather',
    kernel: /all_?gather\w*kernel|allgather_(?:vec|lastdim|naive)|local_device_load_rmsnorm/i,
    op: 'all_gather',
    library: 'symmetric_memory',
    parameters: { op: 'all_gather' },
    examples: [
      'void (anonymous namespace)::multimem_all_gather_kernel<16>(char*, char*, unsigned long, unsigned int**, unsigned long, unsigned long)',
    ],
  },
  {
    id: 'custom.all_reduce',
    kernel:
      /(?:all_?reduce(?!_norm)|quickreduce::|oneshotAllreduce|twoshotAllreduce)\w*(?:<(?<dtype>[^,<>]+), (?<devices>\d+)u?\b)?/i,
    op: 'all_reduce',
    library: 'custom_all_reduce',
    parameters: { op: 'all_reduce' },
    examples: [
      'void (anonymous namespace)::all_reduce_one_shot_push_kernel<__nv_bfloat16, 8u, true>((anonymous namespace)::AllReducePushData, device::distributed::PushController)',
      'void (anonymous namespace)::multimem_all_reduce_kernel<c10::BFloat16, 16>(c10::BFloat16*, unsigned long, unsigned int**, unsigned long, unsigned long)',
      'void quickreduce::allreduce_prototype_twoshot<quickreduce::AllReduceTwoshot<__half, quickreduce::CodecFP<__half, 8>, true>, __half>(__half const*, __half*, unsigned int, int, int, unsigned char**, unsigned int, unsigned int)',
      'void tensorrt_llm::kernels::oneShotAllReduceKernel<__nv_bfloat16, 8, false, true>(tensorrt_llm::kernels::AllReduceParams)',
      'void flashinfer::trtllm_mnnvl_allreduce::twoshotAllreduceKernel<(unsigned char)8, __nv_bfloat16>(__nv_bfloat16*, __nv_bfloat16 const*, __nv_bfloat16**, unsigned int, unsigned int)',
    ],
  },
  {
    id: 'userbuffers',
    kernel: /userbuffers_/,
    op: 'all_reduce',
    library: 'userbuffers',
    parameters: { op: 'all_reduce' },
    examples: [
      'void userbuffers_fp16_sum_inplace_gpu_mc_rmsnorm_oneshot<8, __nv_bfloat16>(int, int, int)',
    ],
  },
  {
    id: 'deep_ep.layout',
    kernel:
      /deep_ep::\w+::(?:get_dispatch_layout|notify_dispatch|cached_notify\w*|clean_low_latency_buffer|barrier)/,
    op: 'all_to_all',
    library: 'deep_ep',
    auxiliary: true,
    examples: [
      'void deep_ep::internode::get_dispatch_layout<256, 32, 8>(long const*, int*, int*, int*, bool*, int, int, int, int)',
      'void deep_ep::intranode::cached_notify_combine<8>(void**, int*, int, int, int, int**, int, int)',
      'void deep_ep::intranode::notify_dispatch<8>(int const*, int*, int const*, int*, int, int, int, bool const*, int*, int*, int, int, void**, int**, int, int)',
    ],
  },
  {
    id: 'expert_parallel.exchange',
    kernel:
      /deep_ep::\w+::(?:dispatch|combine)|deep_ep::layout::|Ep(?:Dispatch|Combine)\w*Kernel|mori::moe::Ep|moe(?:AllToAll|A2ADispatch|A2ACombine)\w*Kernel|helixAllToAll\w*|all_?to_?all\w*kernel|pplx::AllToAll/i,
    op: 'all_to_all',
    library: 'expert_parallel',
    dimensions: 'none',
    examples: [
      'void deep_ep::intranode::dispatch<8, 512>(int4*, float*, int*, long*, float*, int*, int*, int4 const*, float const*, long const*, float const*, bool const*, int const*, int, int, int, int, int, void**, int, int, int)',
      'void deep_ep::intranode::combine<__nv_bfloat16, 8, 768>(__nv_bfloat16*, float*, __nv_bfloat16 const*, float const*, int const*, int const*, int const*, int*, int, int, int, int, void**, int, int, int)',
      'void deep_ep::internode_ll::dispatch<true, false, 7168>(void*, void*, int*, long*, int*, int*, long*, void const*, long const*, int*, int*, int, int, int, int, int, int, int, int, int)',
      'void mori::moe::EpDispatchIntraNodeKernel<hip_bfloat16>(mori::moe::EpDispatchCombineArgs<hip_bfloat16>)',
      'moeA2ADispatchKernel',
    ],
  },
  {
    id: 'expert_parallel.prepare',
    kernel: /moeA2A(?:Prepare|Sanitize)\w*Kernel|helix_postprocess|moePrepare\w*Kernel/,
    op: 'all_to_all',
    library: 'expert_parallel',
    auxiliary: true,
    examples: ['moeA2APrepareDispatchKernel'],
  },
  {
    id: 'barrier',
    kernel:
      /nvshmem\w*barrier|barrier_(?:all_)?kernel|\bbarrier_on_stream|symm_mem\w*barrier|nvshmemi_\w*sync/i,
    op: 'barrier',
    library: 'nvshmem',
    examples: [
      'nvshmemi_barrier_all_on_stream_kernel',
      'void c10d::symmetric_memory::barrier_kernel(unsigned int**, int, int, int, unsigned long)',
    ],
  },
  {
    id: 'nvshmem',
    kernel: /nvshmem/i,
    op: 'send',
    library: 'nvshmem',
    parameters: { op: 'send' },
    examples: ['nvshmemi_proxy_rma_entrypoint_blocking'],
  },
]
