#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=4194304 node --max-semi-space-size=32
// The package's executable: TypeScript runs as it is, through tsx.
import { register } from 'tsx/esm/api'

register()
await import('./cli.ts')
