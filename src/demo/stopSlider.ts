import { element, setText } from './page.ts';

export interface StopSlider<Stop> {
  readonly value: Stop;
  /** Other stops; keeps the value where it is among them, else takes the first. */
  setStops(stops: readonly Stop[]): void;
  setEnabled(enabled: boolean): void;
}

/**
 * A range input whose positions are the stops of a list.
 * @param id of the input; its `output` has the same with `-value`
 * @param format words for a stop, which also a screen reader hears
 */
export function createStopSlider<Stop>(
  id: string,
  options: {
    readonly stops: readonly Stop[];
    readonly first: Stop;
    readonly format: (stop: Stop) => string;
    readonly onChange: () => void;
  },
): StopSlider<Stop> {
  const slider = element(id, HTMLInputElement);
  const output = element(`${id}-value`, HTMLOutputElement);
  let { stops } = options;

  const value = () => stops[Number(slider.value)]!;

  function setStops(next: readonly Stop[], kept: Stop): void {
    stops = next;
    slider.max = String(stops.length - 1);
    slider.value = String(Math.max(0, stops.indexOf(kept)));
    render();
  }

  function render(): void {
    const words = options.format(value());
    const share = stops.length > 1 ? Number(slider.value) / (stops.length - 1) : 0;
    slider.style.setProperty('--share', share.toFixed(3));
    slider.setAttribute('aria-valuetext', words);
    setText(output, words);
  }

  slider.addEventListener('input', () => {
    render();
    options.onChange();
  });
  setStops(stops, options.first);

  return {
    get value() {
      return value();
    },
    setStops: (next) => setStops(next, value()),
    setEnabled(enabled) {
      slider.disabled = !enabled;
      output.classList.toggle('off', !enabled);
    },
  };
}
