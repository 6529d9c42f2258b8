/** @returns a function that runs `work` at once, and again after the pause when it was called meanwhile */
export function atMostEvery(pauseMs: number, work: () => void): () => void {
  let resting = false;
  let wanted = false;
  const run = () => {
    wanted = false;
    resting = true;
    setTimeout(() => {
      resting = false;
      if (wanted) run();
    }, pauseMs);
    work();
  };
  return () => {
    if (resting) wanted = true;
    else run();
  };
}
