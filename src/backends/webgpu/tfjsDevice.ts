import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { RtfqError } from '../../errors.ts';

/** A device that tfjs works on too, so that tensors of the host and ours share its memory. */
export interface TfjsDevice {
  readonly device: GPUDevice;
  readonly backend: WebGPUBackend;
  /** Vendor and architecture, as far as the browser tells. */
  readonly adapter: string;
  /** Whether the "GPU" is the processor. */
  readonly isSoftware: boolean;
}

/**
 * The device of tfjs's webgpu backend. Where the host has not opened that backend, or its device is lost, one is
 * registered; which backend of tfjs is the active one is left as it is.
 * @throws RtfqError `BACKEND_UNAVAILABLE`
 */
export async function openTfjsDevice(): Promise<TfjsDevice> {
  const adapter = await requestAdapter();
  const [tf, { WebGPUBackend }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-backend-webgpu'),
  ]);
  const about = describe(adapter.info);
  const known = tf.engine().registry.webgpu;
  if (known instanceof WebGPUBackend && !(await isLost(known.device))) {
    return { device: known.device, backend: known, ...about };
  }
  const device = await requestDevice(adapter);
  const backend = new WebGPUBackend(device, adapter.info);
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => backend, tfjsPriority);
  tf.findBackend('webgpu');
  return { device, backend, ...about };
}

// What tfjs itself gives it.
const tfjsPriority = 3;

async function requestAdapter(): Promise<GPUAdapter> {
  const gpu = globalThis.navigator?.gpu;
  if (gpu === undefined) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'there is no WebGPU here', {
      hint: 'it needs a browser that has it, and a page that is served securely',
    });
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'WebGPU has no adapter here', {
      hint: 'the browser may have switched the GPU off: chrome://gpu and about:support say why',
    });
  }
  return adapter;
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } =
    adapter.limits;
  try {
    return await adapter.requestDevice({
      requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
      // What tfjs asks for: its own programs count on them.
      requiredLimits: {
        maxStorageBufferBindingSize,
        maxBufferSize,
        maxComputeWorkgroupStorageSize,
        maxComputeWorkgroupsPerDimension: adapter.limits.maxComputeWorkgroupsPerDimension,
        maxComputeWorkgroupSizeX: adapter.limits.maxComputeWorkgroupSizeX,
        maxComputeInvocationsPerWorkgroup: adapter.limits.maxComputeInvocationsPerWorkgroup,
      },
    });
  } catch (cause) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'WebGPU gives no device', {
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function describe({ vendor, architecture, description }: GPUAdapterInfo) {
  const adapter = [vendor, architecture].filter(Boolean).join(' ') || description || 'a GPU';
  return {
    adapter,
    isSoftware: /swiftshader|llvmpipe|basic render/i.test(`${adapter} ${description}`),
  };
}

/** A lost device's promise has resolved, and comes first. */
function isLost(device: GPUDevice): Promise<boolean> {
  return Promise.race([
    device.lost.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, 0, false)),
  ]);
}
