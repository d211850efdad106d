/** What is looked at of what others wrote. */
export const GPG_LIMITS: {
  /** Signatures over one thing: each is a hash over all of it, and more. */
  readonly signatures: number;
} = {
  signatures: 256,
};
