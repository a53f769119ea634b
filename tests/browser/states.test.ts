/** What the page says when something is not as it should be. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../services/browser.ts'
import { axeProblems, openPage, serveCommand } from './open-page.ts'

const START_MS = 60_000
/** Nothing listens on the discard port of a machine of today. */
const NOWHERE = 'bluesky:ws://127.0.0.1:9'

describe('the page says so', () => {
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallywatch-states-'))
    browser = await launchBrowser()
  }, START_MS)

  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const startArgs = (name: string, port = '0'): string[] => [
    'start',
    '--port',
    port,
    '--data',
    join(folder, name),
    '--source',
    NOWHERE,
  ]

  test(
    'when the source cannot be reached, and plays the drill instead',
    async () => {
      await using served = await serveCommand(startArgs('away'))
      await using opened = await openPage(browser, served.url)
      const { page } = opened
      await page.getByText('Bluesky cannot be reached').waitFor()
      await page.getByText('Tallywatch cannot see any posts right now.').waitFor()
      await page.getByText('--speed 600').waitFor()
      expect(await axeProblems(page)).toEqual([])
      await page.getByRole('button', { name: 'Play the drill' }).click()
      await page.waitForURL('**/drill/')
      await page.getByText('Drill: these posts are invented').waitFor()
      // The drill's own data come from below its own folder.
      await page.locator('.plot canvas').first().waitFor()
      expect(await axeProblems(page)).toEqual([])
    },
    START_MS,
  )

  test(
    'when the connection is cut, and goes on by itself when it is back',
    async () => {
      const first = await serveCommand(startArgs('cut'))
      await using opened = await openPage(browser, first.url)
      const { page } = opened
      await page.getByText('No posts yet.').waitFor()
      await first[Symbol.asyncDispose]()
      const cut = page.getByText('The connection to Tallywatch is cut.')
      await cut.waitFor()
      await using again = await serveCommand(startArgs('cut', new URL(first.url).port))
      await cut.waitFor({ state: 'detached' })
      expect(again.url).toBe(first.url)
    },
    START_MS,
  )

  test(
    'when a link leads to a spike of another night',
    async () => {
      await using served = await serveCommand(startArgs('none'))
      await using opened = await openPage(browser, `${served.url}#/spikes/0123456789ab`)
      await opened.page.getByRole('heading', { name: 'There is no such spike' }).waitFor()
      await opened.page.getByRole('link', { name: 'See this night’s spikes' }).click()
      await opened.page.getByText('No posts yet.').waitFor()
      expect(opened.page.url()).toBe(`${served.url}#/`)
    },
    START_MS,
  )
})
