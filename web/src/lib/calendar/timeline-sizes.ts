/** Lengths that the room timeline reckons with, in pixels; `app.css` and the components draw the same. */
export const HEAD_PX = 56;
/** Above the first and below the last lane of a row. */
export const PAD_PX = 4;
/** Between two lanes. */
export const GAP_PX = 3;
