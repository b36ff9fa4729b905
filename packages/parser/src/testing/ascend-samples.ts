// A trace_view.json of Ascend and the kernel_details.csv beside it, for tests.
import { named, threadNamed } from './tracks.js'

export const ASCEND_HEADER =
  'Step Id,Device_id,Model ID,Task ID,Stream ID,Name,Type,OP State,Accelerator Core,Start Time(us),Duration(us),Wait Time(us),Block Dim,Input Shapes,Input Data Types,Input Formats,Output Shapes,Output Data Types,Output Formats,aic_mac_ratio'
/** As torch_npu writes it: quotes within quotes, tabs after times. */
export const ASCEND_TABLE = [
  ASCEND_HEADER,
  '1,0,4294967295,1,3,aclnnMm_MatMulCommon_MatMulV2,MatMulV2,dynamic,AI_CORE,"1704161511420500.001\t",1.35,0,20,"""16,32;4,2,16,16""",DT_BF16;DT_BF16,ND;FRACTAL_NZ,"""16,64""",DT_BF16,ND,0.5',
  '1,0,4294967295,2,3,aclnnAdd_AddAiCore_Add,Add,dynamic,AI_VECTOR_CORE,1704161511420502.0,2.5,0.02,8,"""16,64;""",FLOAT;FLOAT,ND;ND,"""16,64""",FLOAT,ND,0',
  '1,0,N/A,N/A,9,hcom_allReduce__303_4_1,hcom_allReduce_,N/A,COMMUNICATION,1704161511420510.5,40,0,0,N/A,N/A,N/A,N/A,N/A,N/A,N/A',
  '',
].join('\r\n')

const task = (name: string, ts: string, dur: number) => ({
  ph: 'X',
  name,
  pid: 800,
  tid: 3,
  ts,
  dur,
  args: { 'Task Type': 'AI_CORE', connection_id: 12 },
})
/** Two products, a collective and a step of it, on one device. */
export const ASCEND_VIEW = JSON.stringify([
  named(800, 'Ascend Hardware'),
  threadNamed(800, 3, 'Stream 3'),
  named(900, 'Communication'),
  task('aclnnMm_MatMulCommon_MatMulV2', '1704161511420500.001', 1.35),
  task('aclnnAdd_AddAiCore_Add', '1704161511420502.020', 2.5),
  task('aclnnAdd_AddAiCore_Add', '1704161511420505.000', 2.5),
  {
    ph: 'X',
    name: 'hcom_allReduce__303_4_1',
    pid: 900,
    tid: 2,
    ts: '1704161511420510.500',
    dur: 40,
    args: { count: 4096, data_type: 'BFP16', alg_type: 'RING' },
  },
  { ph: 'X', name: 'Notify_Wait', pid: 900, tid: 3, ts: '1704161511420511.000', dur: 1, args: {} },
])
