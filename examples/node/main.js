import { loadModel, openSession, topClasses } from 'rtfq/runtime';
import sharp from 'sharp';

const [picture = 'mug.jpg', modelPath = 'model/model.json'] = process.argv.slice(2);
const { data, info } = await sharp(picture)
  .ensureAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });

const model = await loadModel(modelPath);
const { session } = await openSession(model, 'wasm');
await session.switchTo(model.manifest.subnets[0]);
const { logits } = await session.run({ data, width: info.width, height: info.height });
const [best] = topClasses(logits, model.manifest.classes, 1);
console.log(best.label);
session.dispose();
