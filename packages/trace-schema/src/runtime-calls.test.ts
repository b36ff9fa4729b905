import { describe, expect, it } from 'vitest'
import { CallRole, callRole, isGraphLaunch, putsWork, waitsForDevice } from './runtime-calls.js'

describe('callRole', () => {
  it.each([
    ['cudaLaunchKernel', CallRole.Launch],
    ['cuLaunchKernelEx', CallRole.Launch],
    ['hipModuleLaunchKernel', CallRole.Launch],
    ['hipExtModuleLaunchKernel', CallRole.Launch],
    ['cudaGraphLaunch', CallRole.GraphLaunch],
    ['hipGraphLaunch', CallRole.GraphLaunch],
    ['cudaLaunchHostFunc', CallRole.HostFunction],
    ['cudaMemcpyAsync', CallRole.Copy],
    ['hipMemsetAsync', CallRole.Copy],
    ['cudaStreamSynchronize', CallRole.SyncStream],
    ['cudaEventSynchronize', CallRole.SyncEvent],
    ['cuCtxSynchronize', CallRole.SyncDevice],
    ['hipDeviceSynchronize', CallRole.SyncDevice],
    ['cudaStreamWaitEvent', CallRole.WaitEvent],
    ['cudaEventRecordWithFlags', CallRole.RecordEvent],
    ['cudaFree', CallRole.Free],
    ['cudaFreeAsync', CallRole.Other],
    ['cudaEventQuery', CallRole.Other],
    ['cudaMalloc', CallRole.Other],
  ])('%s', (api, role) => {
    expect(callRole(api)).toBe(role)
  })

  it('tells calls that put work on a stream from those that wait for it', () => {
    const roles = Object.values(CallRole).filter((role) => typeof role === 'number')
    expect(roles.filter((role) => putsWork(role) && waitsForDevice(role))).toEqual([])
    expect(putsWork(callRole('cudaLaunchHostFunc'))).toBe(false)
    expect(waitsForDevice(callRole('cudaFree'))).toBe(true)
    expect(isGraphLaunch('hipGraphLaunch')).toBe(true)
    expect(isGraphLaunch('cudaLaunchKernel')).toBe(false)
  })
})
