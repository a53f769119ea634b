import { setFlagsFromString } from 'node:v8'

/**
 * What Node and the C library are told at every start of the command line. They take it before anything of ours runs, as
 * arguments and as environment, so that it stands in package.json, the executable (tallywatch.mjs), the Dockerfile and
 * docs/server-mode.md too; a test holds them together.
 */

/**
 * The collector's young generation has halves of 16 MiB by default: less than what a second of a night's stream holds on
 * to, so that it copies posts twice and then keeps them among the old. With 32 MiB most are gone before it comes: a seventh
 * less CPU in `classify`, and less memory; 64 MiB bring no more.
 */
export const NODE_FLAGS = ['--max-semi-space-size=32'] as const

/**
 * For glibc's malloc (mallopt(3)), which other C libraries do not know. Otherwise it keeps an arena of freed memory for each
 * thread, some 50 MB in all of `classify`; and once a buffer of some megabytes was freed it takes all that are smaller from
 * its heap, which what stays between them keeps from shrinking: another 50 MB within two minutes, and more later. A bound
 * to what it keeps at the heap's end, here 4 MiB, leaves them mappings of their own that are given back at once.
 */
export const MALLOC_ENVIRONMENT = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '4194304' } as const

/**
 * How much of what it no longer needs the process keeps: as much as what it does need, and no more than that. By itself V8
 * lets the old generation grow to four times what lived at its last look before it looks again, where the machine has 4 GiB
 * or more. What waits in the stream grows old before it goes, so that in an overload 110 MB lived among 470; now it looks
 * about twice as often, for 1 % of the CPU. Half as much garbage takes twice that. V8 asks for this flag at each look, so it
 * need not stand among those above.
 */
const GARBAGE_PERCENT = 100

/** Call it before anything grows. It holds for threads too. */
export function boundGarbage(): void {
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`)
}
