/** Where the page asks the one worker that lives what it holds. */
export const heldChannel = 'rtfq-soak-held';
