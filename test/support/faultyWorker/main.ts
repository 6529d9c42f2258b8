// In this order: the faults have to be there before the worker's first line.
import './plant.ts';
import '../../../src/worker/main.ts';
