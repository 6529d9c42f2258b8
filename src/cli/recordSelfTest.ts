import { openBackend } from '../backends/open.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Model } from '../model/reader.ts';
import { selfTestFrame, selfTestSubnets } from '../runtime/selfTest.ts';
import { Session } from '../runtime/session.ts';

/** The manifest with the logits on which backends are tried, by the wasm backend: equal to the reference's. */
export async function recordSelfTest(model: Model): Promise<Manifest> {
  const { manifest } = model;
  const session = new Session(model, await openBackend('wasm'));
  try {
    const answers = new Map<object, number[]>();
    for (const subnet of selfTestSubnets(manifest)) {
      const { logits } = await session.runOnce(subnet, selfTestFrame());
      answers.set(subnet, [...logits]);
    }
    const subnets = manifest.subnets.map(({ selfTest: _, ...subnet }) => subnet);
    return {
      ...manifest,
      subnets: subnets.map((subnet, i) => {
        const selfTest = answers.get(manifest.subnets[i]!);
        return selfTest === undefined ? subnet : { ...subnet, selfTest };
      }),
    };
  } finally {
    session.dispose();
  }
}
