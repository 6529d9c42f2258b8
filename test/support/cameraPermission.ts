import { defineBrowserCommand } from '@vitest/browser-playwright';

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Answers the question for the camera: yes, or, as headless Chromium does by itself, no. */
    setCameraPermission: (isAllowed: boolean) => Promise<void>;
  }
}

export const setCameraPermission = defineBrowserCommand<[isAllowed: boolean]>(
  async ({ context }, isAllowed) => {
    await context.clearPermissions();
    if (isAllowed) await context.grantPermissions(['camera']);
  },
);
