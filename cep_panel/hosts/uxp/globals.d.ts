/** The loader of UXP's own modules; in browsers there is none. */
declare const require: unknown;
