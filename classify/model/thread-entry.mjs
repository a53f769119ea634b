// Where the classifier's thread begins: TypeScript runs as it is, through tsx.
import { register } from 'tsx/esm/api'

register()
await import('./thread.ts')
