/** Version of this program; equals package.json (a test holds them together), so that a bundle needs no file beside it to know. */
export const VERSION = '0.1.0';
