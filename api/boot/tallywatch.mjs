#!/usr/bin/env -S node --max-semi-space-size=32
// The package's executable: TypeScript runs as it is, through tsx.
import { register } from 'tsx/esm/api'

register()
await import('./cli.ts')
