import { atMostEvery } from './atMostEvery.ts';
import { element, setText } from './page.ts';

/** Older entries are dropped. */
const mostEntries = 60;
/** A screen reader hears the newest entry at most this often. */
const announceEveryMs = 6000;

export type LogSign = 'up' | 'down' | 'note';

export interface LogView {
  add(sign: LogSign, text: string): void;
}

/** What happened, newest first. The list itself is silent; its newest entry is announced now and then. */
export function createLogView(): LogView {
  const list = element('log', HTMLOListElement);
  const empty = element('log-empty', HTMLElement);
  const announcement = element('log-announcement', HTMLElement);
  const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
  let unspoken: string[] = [];

  const speak = atMostEvery(announceEveryMs, () => {
    const others = unspoken.length - 1;
    setText(announcement, `${unspoken.at(-1)}${others === 0 ? '' : `. ${others} more before it.`}`);
    unspoken = [];
  });

  return {
    add(sign, text) {
      empty.hidden = true;
      list.prepend(entry(sign, text, timeOfDay.format(new Date())));
      while (list.childElementCount > mostEntries) list.lastElementChild!.remove();
      unspoken.push(text);
      speak();
    },
  };
}

function entry(sign: LogSign, text: string, time: string): HTMLLIElement {
  const item = document.createElement('li');
  item.dataset.sign = sign;
  const timeElement = document.createElement('time');
  timeElement.textContent = time;
  const words = document.createElement('span');
  words.textContent = text;
  item.append(timeElement, words);
  return item;
}
