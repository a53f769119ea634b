import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createGate } from '../../../classify/gate.ts'

const gate = createGate()

interface Row {
  kind: string
  text: string
  flag: boolean
}

function rowsOf(name: string): Row[] {
  const lines = readFileSync(new URL(name, import.meta.url), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}

describe('the gate', () => {
  it.each([
    'They are stealing the election in broad daylight',
    'The voting machines are down at my precinct',
    'My ballot was rejected and nobody told me',
    'My vote was not counted',
    'I voted today, here is my sticker',
    '#StopTheSteal',
    '#theystoletheelection',
    '#Election2024',
    'Dominion switched the votes',
    'They threw out the mail in ballots',
    'STOLEN ELECTION!!!',
  ])('lets through: %s', (text) => {
    expect(gate(text)).toEqual({ election: true, candidate: true })
  })

  it.each(['The governor spoke', 'Trump and Biden', 'Senators'])(
    'counts as election, but asks no model: %s',
    (text) => {
      expect(gate(text)).toEqual({ election: true, candidate: false })
    },
  )

  it.each([
    '',
    'The coffee machine is on the third floor',
    'Toast for breakfast',
    '🎉🎉🎉',
    'U.S.A. vs U.K., 2 a.m., 3rd of May, 50k people',
    'Yessss sooooo good!!!! $5 + 3|4 = fun',
    'Мы пошли гулять в парк',
    'La máquina de coser de mi abuela',
    'The coffee machine at the gym is broken, of course',
    'Our washing-machine jammed six times this week',
    'Lost the fax numbers again',
    'see https://example.org/election/votes/stolen',
  ])('keeps away: %s', (text) => {
    expect(gate(text)).toEqual({ election: false, candidate: false })
  })

  it.each([
    ['zero-width characters', 'S\u200bt\u200bolen e\u2060lec\ufefftion'],
    ['soft hyphens', 'bal\u00adlots'],
    ['combining marks', 'b\u0332a\u0332l\u0332l\u0332o\u0332t\u0332s\u0332'],
    ['full-width letters', 'Ｓｔｏｌｅｎ ｅｌｅｃｔｉｏｎ'],
    ['Cyrillic letters', 'ѕtоlеn bаllоtѕ'],
    ['Greek letters', 'νοtεs'],
    ['mathematical bold', '𝐯𝐨𝐭𝐞𝐬'],
    ['mathematical script in a hashtag', '#𝓢𝓽𝓸𝓹𝓣𝓱𝓮𝓢𝓽𝓮𝓪𝓵'],
    ['circled letters', 'ⓥⓞⓣⓔⓢ'],
    ['squared letters', '🅅🄾🅃🄴🅂'],
    ['negative squared letters', '🆅🅾🆃🅴🆂'],
    ['small capitals', 'ʙᴀʟʟᴏᴛs'],
    ['accents', 'vótès'],
    ['digits for letters', 'my v0te5 were th3re'],
    ['a digit in each word', 'r1gged'],
    ['one as an l', 'sto1en'],
    ['signs for letters', 'bal!ots and $tolen'],
    ['an at sign', 'b@llots'],
    ['digits in a hashtag', '#St0lenE1ection'],
    ['letters with spaces between', 'v o t e s'],
    ['letters with points between', 'r.i.g.g.e.d'],
    ['letters with hyphens between', 's-t-o-l-e-n'],
    ['two words with spaces between', 'v o t i n g   m a c h i n e s'],
    ['letters drawn out', 'baaaallots'],
    ['letters drawn out at the end', 'it was stolennnn'],
    ['letters drawn out where they are double', 'riggggged'],
    ['a hashtag run together', '#mymailballotsweretossed'],
    ['words run together without a hashtag', 'theystolethatelection'],
    ['two disguises at once', 'R 1 G G 3 D'],
  ])('is not fooled by %s', (_, text) => {
    expect(gate(text).candidate).toBe(true)
  })

  it.each([
    'No coffee. Machines are down, they send us home',
    'The coffee machine works, the touch screen machine is broken',
    'Broken coffee machine, uncounted ballots',
  ])('asks the model of another machine than one of a household: %s', (text) => {
    expect(gate(text).candidate).toBe(true)
  })

  it('lets every flagged text of the disguised ones through', () => {
    const missed = rowsOf('./robust.jsonl').filter(({ text, flag }) => flag && !gate(text).candidate)
    expect(missed).toEqual([])
  })

  it('lets nearly every flagged text in Spanish through that names what it speaks of', () => {
    const flagged = rowsOf('./spanish.jsonl').filter(({ flag }) => flag)
    const named = flagged.filter(({ text }) =>
      /\b(?:vot[aeo]|bolet|papelet|elecci|urna|escrut|tabulad|casilla)/i.test(text),
    )
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(({ text }) => !gate(text).candidate)).toEqual([])
    const passed = flagged.filter(({ text }) => gate(text).candidate)
    expect(passed.length / flagged.length).toBeGreaterThan(0.7)
  })

  it('takes time in proportion to a text, whatever it holds', () => {
    const texts = ['a!', '#a', 'a ', 'vote', '1a', '𝐯', '#v0te!', 'ooo'].map((part) => part.repeat(2_000))
    const start = performance.now()
    for (const text of texts) gate(text)
    // Measured: 10 ms; a scan that is quadratic in the length takes seconds.
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
