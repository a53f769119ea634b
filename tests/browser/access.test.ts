/** The page for everybody: by keyboard, by screen reader, on a phone, in the dark. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../services/browser.ts'
import { axeProblems, openPage, overflow, PHONE, serveReplay, type Served } from './open-page.ts'

const NIGHT_MS = 120_000
/** axe reads every element twice in a test, on a machine that other tests share. */
const TEST_MS = 90_000

describe('a replayed night on the page', { timeout: TEST_MS }, () => {
  let browser: Browser
  let night: Served

  beforeAll(async () => {
    ;[browser, night] = await Promise.all([launchBrowser(), serveReplay('max')])
    await night.running.until(/The night is over/)
  }, NIGHT_MS)

  afterAll(async () => {
    await browser?.close()
    await night?.[Symbol.asyncDispose]()
  })

  /** The night with its charts, its map and its spikes drawn. */
  async function whole(page: Page): Promise<void> {
    await page.locator('.spike').first().waitFor()
    await page.locator('.states path').first().waitFor()
    await page.locator('.plot canvas').first().waitFor()
  }

  async function openSpike(page: Page): Promise<void> {
    await page.locator('.spike').first().click()
    await page.locator('.post').first().waitFor()
    await page.getByRole('heading', { name: 'What is said most' }).waitFor()
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has nothing that axe objects to, ${colorScheme}`, async () => {
      await using opened = await openPage(browser, night.url, { colorScheme })
      const { page } = opened
      await whole(page)
      await page.getByText('Show the map as a table').click()
      await page.getByText('Show the numbers').first().click()
      expect(await axeProblems(page)).toEqual([])
      await openSpike(page)
      await page.getByRole('button', { name: 'Write an answer' }).click()
      expect(await axeProblems(page)).toEqual([])
      expect(opened.errors).toEqual([])
    })
  }

  test('fits a phone’s width, and says the same there', async () => {
    await using opened = await openPage(browser, night.url, { viewport: PHONE, hasTouch: true })
    const { page } = opened
    await whole(page)
    expect(await overflow(page)).toBe(0)
    expect(await axeProblems(page)).toEqual([])
    await openSpike(page)
    await page.getByRole('button', { name: 'Write an answer' }).click()
    expect(await overflow(page)).toBe(0)
    expect(await axeProblems(page)).toEqual([])
  })

  test('is used by keyboard alone: skip link, spike, back', async () => {
    await using opened = await openPage(browser, night.url)
    const { page } = opened
    await whole(page)
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    expect(await focused.textContent()).toContain('Skip to')
    await page.keyboard.press('Enter')
    expect(await focused.getAttribute('id')).toBe('main')
    await tabTo(page, '.spike')
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid')
    await page.keyboard.press('Enter')
    await page.locator('.post').first().waitFor()
    expect(await focused.getAttribute('id')).toBe('main')
    await page.keyboard.press('Tab')
    expect(await focused.textContent()).toContain('Back to the night')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What is happening' }).waitFor()
  })

  test('lets a state be chosen on the map by keyboard, the District too', async () => {
    await using opened = await openPage(browser, night.url)
    const { page } = opened
    await whole(page)
    await tabTo(page, '.state')
    const focused = page.locator(':focus')
    expect(await focused.getAttribute('data-place')).toBe('AL')
    // Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, District of Columbia.
    for (let step = 0; step < 8; step++) await page.keyboard.press('ArrowRight')
    expect(await focused.getAttribute('data-place')).toBe('DC')
    await page.keyboard.press('Enter')
    expect(await focused.getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('heading', { name: 'Over time, in the District of Columbia' }).waitFor()
    expect(await page.getByLabel('Place').inputValue()).toBe('DC')
    // A county is chosen below its state.
    await page.getByLabel('Place').selectOption('AZ')
    await page.getByLabel('County').selectOption({ label: 'Maricopa County, AZ' })
    await page.getByRole('heading', { name: 'Over time, in Maricopa County, AZ' }).waitFor()
    expect(await page.locator('.state.chosen').getAttribute('data-place')).toBe('AZ')
  })

  test('tells every chart in words and in numbers', async () => {
    await using opened = await openPage(browser, night.url)
    const { page } = opened
    await whole(page)
    const labels = await page
      .locator('.plot')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''))
    expect(labels).toHaveLength(5)
    for (const label of labels)
      expect(label).toMatch(/^Claims that .*: [\d,]+ posts? from \d\d:\d\d to \d\d:\d\d\./)
    await page.getByText('Show the numbers').first().click()
    const rows = page.locator('.timeline table tbody tr')
    await rows.nth(3).waitFor()
    expect(await rows.first().textContent()).toMatch(/^\d\d:\d\d[\d,]+$/)
  })

  test('shows times in the reader’s zone or in UTC', async () => {
    await using opened = await openPage(browser, night.url, { timezoneId: 'America/Phoenix' })
    const { page } = opened
    await whole(page)
    const time = page.locator('.clock time')
    const hour = async (): Promise<number> => Number((await time.locator('.time').textContent())!.slice(0, 2))
    const local = await hour()
    await page.getByRole('button', { name: 'UTC' }).click()
    expect(await hour()).toBe((local + 7) % 24)
  })
})

/** Presses Tab until an element of the class has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press('Tab')
    if (await page.locator(':focus').evaluate((element, wanted) => element.matches(wanted), selector)) return
  }
  throw new Error(`Tab does not reach ${selector}`)
}
