import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { fetchModelFrom } from '../../src/download/fetchModel.ts';
import { openModel } from '../../src/model/reader.ts';
import { openSession } from '../../src/runtime/openSession.ts';
import { topClasses } from '../../src/runtime/topClasses.ts';
import { barsFrame } from '../support/testFrames.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

/** The example of docs/backends.md, "Without the worker". */
test('a page that uses tfjs classifies its tensors and goes on with the features, all on the GPU', async () => {
  const model = await openModel(
    fetchModelFrom(new URL(tinyModelPath('good'), location.href).href, null),
  );
  const { session } = await openSession(model, 'webgpu');
  await session.switchTo({ width: 1, resolution: 32, bits: 8 });

  await tf.setBackend('webgpu'); // on the session's device from here on
  const canvas = canvasOf(barsFrame(3, 64, 48));
  const image = await tf.browser.fromPixelsAsync(canvas);
  const { logits } = await session.run(image);
  const classes = topClasses(logits, model.manifest.classes, 3);

  const { tensor: features } = await session.runToTensor(image, 'features');
  const length = tf.norm(features);
  expect((await length.data())[0]).toBeGreaterThan(0);

  const pixels = canvas.getContext('2d')!.getImageData(0, 0, 64, 48);
  const expected = topClasses((await session.run(pixels)).logits, model.manifest.classes, 3);
  expect(classes).toEqual(expected);
  tf.dispose([image, features, length]);
  session.dispose();
});

function canvasOf({ data, width, height }: ReturnType<typeof barsFrame>): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(Uint8ClampedArray.from(data), width, height);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
