/** A classifier thread that cannot be begun at all. */
import { expect, test } from 'vitest'

test('what makes its program cannot run: whoever starts it is told so, as an error that no waiting mends', async () => {
  // Read when esbuild is loaded; a machine without room for one more process does the same.
  process.env['ESBUILD_BINARY_PATH'] = '/bin/false'
  const { startClassifierThread, ThreadError } = await import('../../../classify/model/classifier-thread.ts')
  await expect(startClassifierThread()).rejects.toBeInstanceOf(ThreadError)
})
