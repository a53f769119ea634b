/**
 * What Node is told at every start of the command line. It takes these flags as arguments only, so that they stand in
 * package.json, the executable (tallywatch.mjs), the Dockerfile and docs/server-mode.md too; a test holds them together.
 *
 * The collector's young generation has halves of 16 MiB by default: less than what a second of a night's stream holds on
 * to, so that it copies posts twice and then keeps them among the old. With 32 MiB most are gone before it comes: a seventh
 * less CPU in `classify`, and less memory; 64 MiB bring no more.
 */
export const NODE_FLAGS = ['--max-semi-space-size=32'] as const
