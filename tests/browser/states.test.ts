/** What the page says when something is not as it should be. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import type { Spike } from '../../api/contract.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDesk } from '../../api/desk/desk.ts'
import { launchBrowser } from '../services/browser.ts'
import { recordedLines, writeNight } from '../services/recorded-night.ts'
import { DRAFT, testSpike } from '../unit/api/support.ts'
import { axeProblems, DESKTOP, openPage, overflow, PHONE, serveCommand } from './open-page.ts'

const START_MS = 120_000
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
      expect(await axeProblems(page)).toEqual([])
      await page.getByLabel('Notices').getByRole('button', { name: 'Play the drill' }).click()
      await page.waitForURL('**/drill/')
      await page.getByText('Drill: these posts are invented').waitFor()
      // The drill's own data come from below its own folder.
      await page.locator('.plot canvas').first().waitFor()
      expect(await axeProblems(page)).toEqual([])
    },
    START_MS,
  )

  test(
    'when there is a recorded night to look back at, which is chosen and played by keyboard alone',
    async () => {
      const file = join(folder, 'the night.jsonl.gz')
      await writeNight(file, (await recordedLines(5)).slice(0, 2_000))
      await using served = await serveCommand(startArgs('file'))
      await using opened = await openPage(browser, served.url)
      const { page } = opened
      // Asked for long before the key that opens it: the browser takes a moment until it hands choosers over.
      const choosing = page.waitForEvent('filechooser')
      await page.getByText('Practise with the drill').focus()
      await page.keyboard.press('Enter')
      const offers = page.locator('.footer .offers').first()
      const picker = offers.getByLabel('or a recorded night')
      expect(await axeProblems(page)).toEqual([])
      await page.setViewportSize(PHONE)
      expect(await overflow(page)).toBe(0)
      await page.setViewportSize(DESKTOP)
      await page.keyboard.press('Tab')
      expect(await page.locator(':focus').textContent()).toBe('Play the drill')
      await page.keyboard.press('Tab')
      expect(await picker.evaluate((element) => element === document.activeElement)).toBe(true)
      await page.keyboard.press('Enter')
      await (await choosing).setFiles(file)
      await page.keyboard.press('Tab')
      expect(await page.locator(':focus').textContent()).toBe('Replay the file')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/replay/')
      await page.getByText('Replay of a recorded night.').waitFor()
      await page.locator('.plot canvas').first().waitFor()
      expect(await page.locator('.counts').textContent()).toContain('the_night')
      expect(await page.locator('.footer .offers').count()).toBe(0)
      expect(opened.errors).toEqual([])
    },
    START_MS,
  )

  test(
    'when posts stand in a language that is not judged',
    async () => {
      const file = join(folder, 'foreign.jsonl')
      const foreign = [
        'Trump diz que houve fraude na eleição, mas ninguém viu nenhuma prova até agora',
        'Roubaram a eleição do Trump, as urnas foram fraudadas e todo mundo sabe disso',
        'Trump redet von Dominion und Wahlbetrug, aber niemand hat einen Beweis gesehen',
      ].map((text, i) => JSON.stringify({ id: `foreign-${i}`, date: '2026-11-03T22:10:00Z', text }))
      await writeNight(file, [...(await recordedLines(5)).slice(0, 500), ...foreign])
      await using served = await serveCommand(['replay', file, '--speed', 'max', '--port', '0'])
      // The page asks anew only after half a minute.
      await served.running.until(/The night is over/)
      await using opened = await openPage(browser, served.url)
      const { page } = opened
      await page.getByText('3 posts were not judged for their language').click()
      await page.getByText('2 posts in Portuguese were not judged').waitFor()
      await page.getByText('1 post in German was not judged').waitFor()
      expect(await axeProblems(page)).toEqual([])
      expect(opened.errors).toEqual([])
    },
    START_MS,
  )

  test(
    'takes posts from a file into the night itself, by columns that one names',
    async () => {
      const file = join(folder, 'tips.csv')
      const when = new Date(Date.now() - 60_000).toISOString()
      await writeFile(file, `words,when\nthe machines in Mesa are down,${when}\n,${when}\n`)
      await using served = await serveCommand(startArgs('upload'))
      await using opened = await openPage(browser, served.url)
      const { page } = opened
      await page.getByText('Add posts from a file').click()
      await page.getByLabel('A file of posts').setInputFiles(file)
      await page.getByRole('button', { name: 'Add to this night' }).click()
      await page.getByRole('alert').getByText('No column looks like the text.').waitFor()
      await page.getByLabel('Columns with unusual names').fill('text=words,createdAt=when')
      expect(await axeProblems(page)).toEqual([])
      const counted = page.evaluate(countWhenTold)
      await page.getByRole('button', { name: 'Add to this night' }).click()
      await page.getByText('1 posts were taken.').waitFor()
      expect(await counted).toEqual({ told: 1, shown: '1' })
      expect(await axeProblems(page)).toEqual([])
      const found = await (await fetch(`${served.url}api/posts`)).json()
      expect(JSON.stringify(found)).toContain('the machines in Mesa are down')
      // The browser tells of every answer that is an error.
      expect(opened.errors.filter((error) => !error.includes('400'))).toEqual([])
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
    'when the story of a spike goes on as another, whose page then has the answers',
    async () => {
      await using served = await serveCommand(startArgs('replaced'))
      const desk = await openDesk({ url: `file:${join(folder, 'replaced', 'tallywatch.desk.db')}` })
      const tell = async (...spikes: Spike[]) =>
        desk.saveWatch({
          spikes,
          events: spikes.map((spike) => ({ type: 'spike', spike })),
          sealedThrough: null,
        })
      try {
        const [gone, stands] = [testSpike({ id: 'gone' }), testSpike({ id: 'stands' })]
        await tell(gone)
        const { draftedBy, ...draft } = DRAFT
        await desk.rebuttals.draft(
          { ...draft, spikeId: 'gone', office: 'Example County Elections' },
          { by: draftedBy, at: Date.now() },
        )
        await using opened = await openPage(browser, `${served.url}#/spikes/gone`)
        const { page } = opened
        await page.getByRole('heading', { name: `Claim: ${DRAFT.claim}` }).waitFor()
        await tell(stands, { ...gone, phase: 'withdrawn', successor: 'stands', revision: 2 })
        await page.getByText('now stand as another spike in Arizona').waitFor()
        expect(await page.getByRole('heading', { name: `Claim: ${DRAFT.claim}` }).count()).toBe(0)
        expect(await axeProblems(page)).toEqual([])
        await page.getByRole('link', { name: 'Open the spike that took its place' }).click()
        await page.getByRole('heading', { name: `Claim: ${DRAFT.claim}` }).waitFor()
        await page.locator('.lead').getByText('are rising in Arizona').waitFor()
        await page.getByRole('link', { name: 'Back to the night' }).click()
        await page.locator('.spike[href="#/spikes/stands"]').getByText('Answer drafted').waitFor()
        expect(opened.errors).toEqual([])
      } finally {
        await desk.close()
      }
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

/** In the page: what it shows as making a claim, a moment after it was told of a post; the next status is later as a rule. */
async function countWhenTold(): Promise<{ told: number; shown: string | null }> {
  const stream = new EventSource('api/live')
  const told = await new Promise<number>((resolve) => {
    stream.addEventListener('posts', (event) =>
      resolve((JSON.parse(event.data as string) as { flagged: number }).flagged),
    )
  })
  stream.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const figures = [...document.querySelectorAll('.counts div')]
  const figure = figures.find((one) => one.querySelector('dt')?.textContent === 'Making a claim')
  return { told, shown: figure?.querySelector('dd')?.textContent ?? null }
}
