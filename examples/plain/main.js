import { createClassifier } from './node_modules/rtfq/dist/index.js';

const picture = document.getElementById('picture');
await picture.decode();
const classifier = await createClassifier({ model: './model/model.json' });
const { classes } = await classifier.classify(picture);
document.getElementById('label').textContent = classes[0].label;
