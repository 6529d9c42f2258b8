/**
 * Rows that sums per channel are taken over before they are added to the total: few enough that 16 channels
 * of them stay in the first-level cache, and that f32 sums over a whole batch stay accurate.
 */
export const blockRows: i32 = 256;
