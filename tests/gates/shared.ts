/** The data that these gates judge by; it lies beside the project and is no part of it. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url))

if (!existsSync(SHARED)) throw new Error(`the quality gates need ${SHARED}; \`npm test\` does not`)

export const RECORDED_NIGHT = `${SHARED}data/replay-2020-election-night.jsonl.gz`
export const DEV = `${SHARED}data/labelled-dev.jsonl`
