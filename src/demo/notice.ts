import { RtfqError } from '../index.ts';
import { SourceProblem } from './frameSource.ts';
import { element, setText } from './page.ts';

/** A message over the picture that says what is in the way and what can be done. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly hint: string;
  /** For a search or a report: the error's code and what was got. */
  readonly code?: string;
  readonly retry?: { readonly label: string; readonly run: () => void };
}

/** Whose notice it is. Without a model no picture helps, so its notice comes first. */
const subjects = ['model', 'source'] as const;
type Subject = (typeof subjects)[number];

export interface NoticeView {
  show(subject: Subject, notice: Notice): void;
  clear(subject: Subject): void;
}

export function createNoticeView(onOpenFile: () => void): NoticeView {
  const panel = element('notice', HTMLElement);
  const title = element('notice-title', HTMLElement);
  const text = element('notice-text', HTMLElement);
  const hint = element('notice-hint', HTMLElement);
  const code = element('notice-code', HTMLElement);
  const retry = element('notice-retry', HTMLButtonElement);
  const open = element('notice-open', HTMLButtonElement);
  const notices = new Map<Subject, Notice>();

  function render(): void {
    const subject = subjects.find((candidate) => notices.has(candidate));
    panel.hidden = subject === undefined;
    if (subject === undefined) return;
    const notice = notices.get(subject)!;
    setText(title, notice.title);
    setText(text, notice.text);
    setText(hint, notice.hint);
    setText(code, notice.code ?? '');
    setText(retry, notice.retry?.label ?? '');
    retry.hidden = notice.retry === undefined;
    open.hidden = subject === 'model';
  }

  retry.addEventListener('click', () => {
    const subject = subjects.find((candidate) => notices.has(candidate));
    if (subject === undefined) return;
    const { retry } = notices.get(subject)!;
    notices.delete(subject);
    render();
    retry?.run();
  });
  open.addEventListener('click', onOpenFile);

  return {
    show(subject, notice) {
      notices.set(subject, notice);
      render();
    },
    clear(subject) {
      if (notices.delete(subject)) render();
    },
  };
}

/** What went wrong, in the words of the error itself. */
export function noticeOf(thrown: unknown): Notice {
  if (thrown instanceof SourceProblem) {
    return { title: thrown.title, text: thrown.message, hint: thrown.hint };
  }
  const error = RtfqError.from(thrown);
  const details = [
    error.code,
    error.expected === undefined ? '' : `expected ${error.expected}`,
    error.got === undefined ? '' : `got ${error.got}`,
  ];
  return {
    title: titles[error.code] ?? 'Something went wrong',
    text: sentence(error.summary),
    hint: sentence(error.hint ?? ''),
    code: details.filter(Boolean).join(' · '),
  };
}

function sentence(text: string): string {
  if (text === '') return '';
  const end = /[.?!]$/.test(text) ? '' : '.';
  return `${text[0]!.toUpperCase()}${text.slice(1)}${end}`;
}

const titles: Partial<Record<RtfqError['code'], string>> = {
  INVALID_ARGUMENT: 'The address of this page asks for something impossible',
  UNSUPPORTED_IMAGE: 'This picture cannot be classified',
  IMAGE_DECODE_FAILED: 'This picture cannot be read',
  MODEL_FETCH_FAILED: 'The network could not be downloaded',
  MODEL_FORMAT: 'The network’s file is not what it should be',
  MODEL_INTEGRITY: 'The download was damaged',
  BACKEND_UNAVAILABLE: 'This browser cannot run the network',
  OUT_OF_MEMORY: 'There is not enough memory',
  WORKER_DIED: 'The worker stopped',
};
