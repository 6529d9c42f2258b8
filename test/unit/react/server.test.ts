import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { useClassifier } from '../../../src/react/index.ts';

test('on a server the hook is loading, and starts nothing', () => {
  const createWorker = (): Worker => {
    throw new Error('no worker was to be made');
  };
  function Page() {
    const { status, classifier, error } = useClassifier({ model: '/model.json', createWorker });
    return createElement('p', null, JSON.stringify([status, classifier, error]));
  }
  expect(renderToString(createElement(Page))).toContain('loading');
});
