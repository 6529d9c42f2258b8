import { element, setText } from '../page.ts';

/** With twice as many busy threads as cores, the network's thread gets about half a core. */
const workersPerCore = 2;
const mostWorkers = 32;
/** Nobody wants to come back to a page that has been heating the room. */
const longestMs = 60_000;

/** Makes the machine busy with something else, to watch the network give way. */
export function createLoadButton(onChange: (text: string) => void): void {
  const button = element('load', HTMLButtonElement);
  const note = element('load-note', HTMLElement);
  const idleNote = note.textContent;
  const count = Math.min(mostWorkers, workersPerCore * (navigator.hardwareConcurrency || 2));
  let workers: Worker[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function start(): void {
    workers = Array.from(
      { length: count },
      () => new Worker(new URL('./spin.ts', import.meta.url), { type: 'module' }),
    );
    timer = setTimeout(stop, longestMs);
    render();
    onChange(`Load on: ${count} workers spin`);
  }

  function stop(): void {
    if (workers.length === 0) return;
    for (const worker of workers.splice(0)) worker.terminate();
    clearTimeout(timer);
    render();
    onChange('Load off');
  }

  function render(): void {
    const isOn = workers.length > 0;
    button.ariaPressed = String(isOn);
    setText(button, isOn ? 'Stop the load' : 'Load the machine');
    setText(note, isOn ? `${count} workers spin; they stop within a minute.` : idleNote);
  }

  button.addEventListener('click', () => (workers.length > 0 ? stop() : start()));
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) stop();
  });
}
