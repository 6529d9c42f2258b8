import { type ThreadScope, threadTask } from './task.ts';

/** Has this worker become a thread when it is asked to, for the rest of its life. */
export function becomeThreadWhenAsked(scope: ThreadScope): void {
  scope.addEventListener('message', async ({ data }) => {
    if (data?.kind !== threadTask) return;
    const { help } = await import('./helper.ts');
    await help(scope, data);
  });
}
