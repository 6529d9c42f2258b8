// In this order: memory has to be counted from the worker's first line on.
import './countMemory.ts';
import '../../src/worker/main.ts';
