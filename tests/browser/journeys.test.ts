/** The three journeys, on the real pipeline: watch the night's spikes, export the posts, publish an answer. */
import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rebuttal, Spike, SpikeDetail } from '../../api/contract.ts'
import { launchBrowser } from '../services/browser.ts'
import {
  axeProblems,
  DESKTOP,
  openPage,
  overflow,
  PHONE,
  serveReplay,
  type OpenPage,
  type Served,
} from './open-page.ts'

const JOURNEY_MS = 120_000
/** Four hours in 24 seconds: slow enough to be watched while it grows. */
const SPEED = 600

describe('the journeys', () => {
  let browser: Browser
  let night: Served
  let opened: OpenPage
  let page: Page

  beforeAll(async () => {
    ;[browser, night] = await Promise.all([launchBrowser(), serveReplay(SPEED)])
    opened = await openPage(browser, night.url)
    ;({ page } = opened)
  }, JOURNEY_MS)

  afterAll(async () => {
    await browser?.close()
    await night?.[Symbol.asyncDispose]()
  })

  async function read<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, night.url))
    expect(response.status).toBe(200)
    return (await response.json()) as T
  }

  /** The largest spike, as the server knows it. */
  async function largest(): Promise<Spike> {
    const { spikes } = await read<{ spikes: Spike[] }>('api/spikes')
    return spikes.filter((spike) => spike.phase !== 'withdrawn').sort((a, b) => b.posts - a.posts)[0]!
  }

  test(
    'watch: a spike comes onto the page while the night runs, in plain words',
    async () => {
      await page.getByText('Replay of a recorded night.').waitFor()
      const clock = page.locator('.clock .time')
      await page.waitForFunction(() =>
        /^\d\d:\d\d:\d\d$/.test(document.querySelector('.clock .time')?.textContent ?? ''),
      )
      const early = await clock.textContent()
      await page.waitForFunction(
        (before) => document.querySelector('.clock .time')?.textContent !== before,
        early,
      )
      // No reload from here on: what appears was pushed.
      await page
        .getByText(
          /^Claims that .+ (have begun to rise|are rising|are past their peak) .+: \d+ posts by \d+ accounts since \d\d:\d\d/,
        )
        .first()
        .waitFor({ timeout: JOURNEY_MS })
      await night.running.until(/The night is over/)
      await page.getByText('Read to the end').waitFor()
      const { spikes } = await read<{ spikes: Spike[] }>('api/spikes')
      await page.waitForFunction(
        (wanted) => document.querySelectorAll('.spike').length === wanted,
        spikes.length,
      )
      expect(opened.errors).toEqual([])
    },
    JOURNEY_MS,
  )

  test(
    'watch: from the spike to its posts, with the words marked',
    async () => {
      const spike = await largest()
      await page.locator(`.spike[href="#/spikes/${spike.id}"]`).click()
      await page.locator('.post').first().waitFor()
      expect(await page.locator('.post mark').count()).toBeGreaterThan(0)
      const facts = page.locator('.facts')
      expect(await facts.textContent()).toContain(`Accounts${spike.authors.toLocaleString('en-US')}`)
      // What is said most: copies and near copies together, as the server counts them.
      const { topClaims } = await read<SpikeDetail>(`api/spikes/${spike.id}`)
      const claim = topClaims.find(({ text }) => text !== '')
      const words = claim!.texts === 1 ? 'in these words' : `in ${claim!.texts} similar wordings`
      const shown = page.locator('.claims li').first()
      expect(await shown.locator('blockquote').textContent()).toBe(claim!.text)
      expect(await shown.locator('.hint').textContent()).toMatch(
        new RegExp(`^${claim!.posts} posts? by ${claim!.authors} accounts? ${words}, first at`),
      )
      // Every post is reached, page by page, and none comes twice.
      const more = page.getByRole('button', { name: 'Show more posts' })
      while (await more.isVisible()) {
        await more.click()
        await page.getByText('Reading the posts…').waitFor({ state: 'detached' })
      }
      expect(await page.locator('.post').count()).toBe(spike.posts)
    },
    JOURNEY_MS,
  )

  test(
    'export: both files hold every post of the spike once',
    async () => {
      const spike = await largest()
      await page.goto(`${night.url}#/spikes/${spike.id}`)
      const csv = await download('CSV (for a spreadsheet)')
      const rows = parse<Record<string, string>>(csv, { columns: true, bom: true })
      const lines = (await download('JSON lines')).trimEnd().split('\n')
      const posts = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(new Set(rows.map((row) => row['id'])).size).toBe(spike.posts)
      expect(rows.map((row) => row['id'])).toEqual(posts.map((post) => post['id']))
      expect(rows[0]!['text']!.length).toBeGreaterThan(0)
      for (const field of [
        'createdAt',
        'capturedAt',
        'text',
        'score',
        'narratives',
        'stance',
        'words',
        'model',
      ])
        expect(posts[0]).toHaveProperty(field)
    },
    JOURNEY_MS,
  )

  async function download(name: string): Promise<string> {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name }).click(),
    ])
    return readFile(await file.path(), 'utf8')
  }

  test(
    'publish: a draft, a second person, the public page, the chart',
    async () => {
      const spike = await largest()
      await page.goto(`${night.url}#/spikes/${spike.id}`)
      await page.getByRole('button', { name: 'Write an answer' }).click()
      await page
        .getByLabel('Your answer')
        .fill('Every ballot that arrived in time is counted; the count is public.')
      await page.getByLabel('Official page').fill('https://elections.example.gov/how-we-count')
      await page.getByLabel('Misleading').check()
      await page.getByLabel('Office', { exact: true }).fill('Example County Elections')
      await page.getByLabel('Your name').fill('Ada Clerk')
      await page.getByRole('button', { name: 'Save the draft' }).click()

      const second = page.getByLabel('Second person’s name')
      await second.fill('Ada Clerk')
      await page.getByRole('button', { name: 'Approve' }).click()
      await page.locator('.answers [role=alert]').waitFor()
      await second.fill('Ben Deputy')
      await page.getByRole('button', { name: 'Approve' }).click()
      await page.getByRole('button', { name: 'Publish' }).click()

      await page.getByText('Before and after').waitFor()
      await page.getByText('a minute').first().waitFor()
      const { rebuttals } = await read<{ rebuttals: Rebuttal[] }>('api/rebuttals')
      expect(rebuttals).toMatchObject([
        { state: 'published', draftedBy: 'Ada Clerk', approvedBy: 'Ben Deputy' },
      ])
      await page.waitForFunction(() =>
        document
          .querySelector('.plot')
          ?.getAttribute('aria-label')
          ?.includes('Official answers published at'),
      )

      await page.getByRole('link', { name: 'Open the public page' }).click()
      await page.waitForURL(`**/rebuttals/${rebuttals[0]!.slug}`)
      expect(await page.textContent('body')).toContain('Every ballot that arrived in time is counted')
      const data = await page.locator('script[type="application/ld+json"]').first().textContent()
      expect(JSON.parse(data ?? '')).toMatchObject({
        '@type': 'ClaimReview',
        claimReviewed: rebuttals[0]!.claim,
      })

      await page.goto(night.url)
      await page
        .locator(`.spike[href="#/spikes/${spike.id}"]`)
        .getByText('Answered', { exact: true })
        .waitFor()
    },
    JOURNEY_MS,
  )

  test(
    'amend: a correction with a second person, then the withdrawal, both by keyboard and told to everybody',
    async () => {
      const spike = await largest()
      await page.goto(`${night.url}#/spikes/${spike.id}`)
      const focused = page.locator(':focus')
      await page.getByRole('button', { name: 'Correct this answer' }).focus()
      await page.keyboard.press('Enter')
      const correction = page.getByRole('form', { name: 'Correct the answer' })
      // The first field has the focus and holds what was published; Cancel leads back.
      expect(await focused.inputValue()).toMatch(/\.$/)
      expect(await axeProblems(page)).toEqual([])
      await page.setViewportSize(PHONE)
      expect(await overflow(page)).toBe(0)
      await page.setViewportSize(DESKTOP)
      await correction.getByRole('button', { name: 'Cancel' }).press('Enter')
      expect(await focused.textContent()).toBe('Correct this answer')
      await page.keyboard.press('Enter')
      await correction.getByLabel('Your answer').fill('Every ballot that came by Friday is counted.')
      await correction.getByLabel('What was corrected').fill('The last day was Friday')
      await correction.getByLabel('Corrected by').fill('Ada Clerk')
      await correction.getByLabel('Second person’s name').fill('ada  clerk')
      await page.keyboard.press('Enter')
      await correction.getByRole('alert').waitFor()
      await correction.getByLabel('Second person’s name').fill('Ben Deputy')
      await page.keyboard.press('Enter')
      await page.getByText('Published, since corrected').waitFor()
      await page.getByText('Corrected: The last day was Friday').waitFor()
      expect(await focused.textContent()).toBe('Correct this answer')
      const { rebuttals } = await read<{ rebuttals: Rebuttal[] }>('api/rebuttals')
      expect(rebuttals).toMatchObject([
        { state: 'corrected', rating: 'Misleading', text: 'Every ballot that came by Friday is counted.' },
      ])

      await page.keyboard.press('Tab')
      expect(await focused.textContent()).toBe('Withdraw this answer')
      await page.keyboard.press('Enter')
      const withdrawal = page.getByRole('form', { name: 'Withdraw the answer' })
      expect(await axeProblems(page)).toEqual([])
      await page.keyboard.type('It answered another claim')
      await page.keyboard.press('Tab')
      await page.keyboard.type('Ada Clerk')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await withdrawal.waitFor({ state: 'detached' })
      await page.getByText('Withdrawn: It answered another claim').waitFor()
      expect(await page.getByRole('button', { name: 'Correct this answer' }).count()).toBe(0)
      const gone = await fetch(new URL(`rebuttals/${rebuttals[0]!.slug}`, night.url))
      expect(gone.status).toBe(410)
      expect(await gone.text()).toContain('It answered another claim')
      // The refused name alone: a browser tells every answer of that kind.
      expect(opened.errors.filter((error) => !error.includes('409'))).toEqual([])
    },
    JOURNEY_MS,
  )
})
