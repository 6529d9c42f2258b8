import { element, setText } from './page.ts';

/** The slider's stops, from a fast phone's best to a slow backend's worst. */
const stopsMs = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 33, 50, 66, 100, 150, 200, 300, 500, 1000,
];
const firstStopMs = 33;

/** The latency that a frame may take; off at first. */
export interface BudgetControl {
  enable(): void;
  /** null while it is off. */
  readonly latencyMs: number | null;
}

export function createBudgetControl(onChange: (latencyMs: number | null) => void): BudgetControl {
  const box = element('budget-on', HTMLInputElement);
  const slider = element('budget-ms', HTMLInputElement);
  const output = element('budget-value', HTMLOutputElement);
  slider.max = String(stopsMs.length - 1);
  slider.value = String(stopsMs.indexOf(firstStopMs));

  const stopMs = () => stopsMs[Number(slider.value)]!;
  const latencyMs = () => (box.checked ? stopMs() : null);

  function render(): void {
    slider.classList.toggle('off', !box.checked);
    slider.setAttribute('aria-valuetext', `${stopMs()} milliseconds${box.checked ? '' : ', off'}`);
    slider.style.setProperty('--share', String(Number(slider.value) / (stopsMs.length - 1)));
    setText(output, box.checked ? `${stopMs()} ms` : 'off');
  }

  box.addEventListener('change', () => {
    render();
    onChange(latencyMs());
  });
  slider.addEventListener('input', () => {
    // Who moves the slider wants a budget.
    box.checked = true;
    render();
    onChange(latencyMs());
  });
  render();

  return {
    enable() {
      element('budget', HTMLFieldSetElement).disabled = false;
    },
    get latencyMs() {
      return latencyMs();
    },
  };
}
