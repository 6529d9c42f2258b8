import type { Subnet } from '../index.ts';
import { type Dimension, dimensions, formatDimension } from './format.ts';
import { element, setText } from './page.ts';
import { isPossible, type Pins, valuesOf } from './pinChoices.ts';

const freeNote = 'Auto leaves it to the budget.';
const greyNote = 'Grey values do not go with the others you chose.';

/** One group of choices per dimension: auto, or one of the model's values. */
export interface PinControl {
  /** Offers the values of these subnets. */
  open(subnets: readonly Subnet[]): void;
  /** Shows pins that were not chosen by hand, after a failure. */
  set(pins: Pins): void;
  readonly pins: Pins;
}

export function createPinControl(onChange: (pins: Pins) => void): PinControl {
  let subnets: readonly Subnet[] = [];
  let pins: Pins = {};

  function set(next: Pins): void {
    pins = next;
    let someGrey = false;
    for (const dimension of dimensions) {
      for (const input of inputsOf(dimension)) {
        input.checked = input.value === String(pins[dimension] ?? 'auto');
        input.disabled =
          input.value !== 'auto' && !isPossible(subnets, pins, dimension, Number(input.value));
        someGrey ||= input.disabled;
      }
    }
    setText(element('pin-note', HTMLElement), someGrey ? greyNote : freeNote);
  }

  for (const dimension of dimensions) {
    fieldset(dimension).addEventListener('change', (event) => {
      const { value } = event.target as HTMLInputElement;
      const { [dimension]: _, ...others } = pins;
      set(value === 'auto' ? others : { ...others, [dimension]: Number(value) });
      onChange(pins);
    });
  }

  return {
    open(next) {
      subnets = next;
      for (const dimension of dimensions) {
        const choices = valuesOf(subnets, dimension).map((value) => segment(dimension, value));
        const segments = fieldset(dimension).querySelector('.segments')!;
        segments.replaceChildren(segment(dimension, 'auto'), ...choices);
        fieldset(dimension).disabled = false;
      }
      set(pins);
    },
    set,
    get pins() {
      return pins;
    },
  };
}

function fieldset(dimension: Dimension): HTMLFieldSetElement {
  return element(`pin-${dimension}`, HTMLFieldSetElement);
}

function inputsOf(dimension: Dimension): NodeListOf<HTMLInputElement> {
  return fieldset(dimension).querySelectorAll('input');
}

function segment(dimension: Dimension, value: number | 'auto'): HTMLLabelElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = `pin-${dimension}`;
  input.value = String(value);
  const text = document.createElement('span');
  const [number, unit] = value === 'auto' ? ['Auto'] : formatDimension(dimension, value).split(' ');
  const unitText = document.createElement('span');
  unitText.className = 'unit';
  unitText.textContent = unit ? ` ${unit}` : '';
  text.append(number!, unitText);
  label.append(input, text);
  return label;
}
