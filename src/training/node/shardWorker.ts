import { parentPort, workerData } from 'node:worker_threads';
import { RtfqError } from '../../errors.ts';
import { installTrainingKernels } from '../kernels/install.ts';
import { computeShard, isTeacherAsked } from '../sandwich/shard.ts';
import { subnetParameters, Teacher } from '../sandwich/teacher.ts';
import { Supernet } from '../supernet/supernet.ts';
import type { ShardReply, ShardRequest, ShardWorkerData } from './shardProtocol.ts';
import { SharedParameters } from './sharedParameters.ts';
import { openTfjsInNode } from './tfjsBackend.ts';

// The entry of a worker thread: a tfjs and a supernet of its own, which computes shards on request.

const { recipe, shape, teacherSubnet, ...buffers }: ShardWorkerData = workerData;
const values = new SharedParameters(shape, buffers.values);
const averages = new SharedParameters(shape, buffers.averages);
const gradients = buffers.gradients.map((buffer) => new SharedParameters(shape, buffer));

await openTfjsInNode();
installTrainingKernels();
const supernet = new Supernet(shape, values.views);
const teacher = new Teacher(supernet, teacherSubnet);

parentPort!.on('message', async (request: ShardRequest) => {
  try {
    reply(await answer(request));
  } catch (thrown) {
    reply({ kind: 'failed', error: RtfqError.from(thrown).serialize() });
  }
});
reply({ kind: 'ready' });

async function answer({ shard, pictures, options }: ShardRequest): Promise<ShardReply> {
  const read = options.subnets.flatMap((subnet) => subnetParameters({ shape }, subnet));
  for (const name of new Set(read)) {
    supernet.write(name, values.viewOf(name));
  }
  if (isTeacherAsked(recipe, options)) {
    for (const name of teacher.averages.keys()) teacher.write(name, averages.viewOf(name));
  }
  const result = await computeShard({ supernet, teacher }, recipe, pictures, options);
  const { gradients: own, ...losses } = result;
  for (const [name, gradient] of own) gradients[shard]!.viewOf(name).set(gradient);
  return { kind: 'done', names: [...own.keys()], losses };
}

function reply(message: ShardReply): void {
  parentPort!.postMessage(message);
}
