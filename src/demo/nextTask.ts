/** Cuts work into tasks, so that the page can answer and draw in between. */
export function nextTask(delayMs = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
