import {
  type BatteryReading,
  isPressure,
  type Pressure,
  type Signals,
  unknownSignals,
} from '../budget/signals.ts';
import { throwLater } from './throwLater.ts';

/**
 * Watches one signal: reports its value now, if it is known, and each change; null is unknown. May report before
 * it has returned.
 * @returns what ends the watch
 */
export type SignalProvider<T> = (report: (value: T | null) => void) => () => void;

/** Where the budget's signals come from. */
export interface SignalProviders {
  readonly battery: SignalProvider<BatteryReading>;
  readonly pressure: SignalProvider<Pressure>;
  /** Whether anyone can see what is classified. */
  readonly visible: SignalProvider<boolean>;
  /** Whether data is to be saved. */
  readonly saveData: SignalProvider<boolean>;
}

/** Joins what the providers report, and tells of it once all that came together is in. */
export class SignalRelay {
  readonly #onChange: (signals: Signals) => void;
  readonly #ends: (() => void)[] = [];
  #signals = unknownSignals;
  #isStopped = false;
  #isTelling = false;

  constructor(providers: Partial<SignalProviders>, onChange: (signals: Signals) => void) {
    this.#onChange = onChange;
    this.#watch('battery', providers.battery, (value) => {
      const { charging, level } = value;
      const isKnown = typeof charging === 'boolean' && level >= 0 && level <= 1;
      return isKnown ? { charging, level } : null;
    });
    this.#watch('pressure', providers.pressure, (value) => (isPressure(value) ? value : null));
    this.#watch('visible', providers.visible, asBoolean);
    this.#watch('saveData', providers.saveData, asBoolean);
  }

  /** What is known now. */
  get signals(): Signals {
    return this.#signals;
  }

  stop(): void {
    this.#isStopped = true;
    for (const end of this.#ends.splice(0)) guarded(end);
  }

  #watch<K extends keyof Signals>(
    name: K,
    provider: SignalProvider<NonNullable<Signals[K]>> | undefined,
    read: (value: NonNullable<Signals[K]>) => Signals[K],
  ): void {
    guarded(() => {
      const end = provider?.((value) => {
        const known = value === null || value === undefined ? null : read(value);
        this.#take({ ...this.#signals, [name]: known });
      });
      if (end !== undefined) this.#ends.push(end);
    });
  }

  #take(signals: Signals): void {
    this.#signals = signals;
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      if (!this.#isStopped) this.#onChange(this.#signals);
    });
  }
}

function asBoolean(value: boolean): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** A host's provider that throws leaves its signal unknown. */
function guarded(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    throwLater(thrown);
  }
}
