// A worker that keeps a processor core busy until it is ended.
let turns = 0;
for (;;) turns = (turns + 1) % Number.MAX_SAFE_INTEGER;
