import { createLoad } from '../../../api/boot/bench/load/load.ts'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { languageOf } from '../../../classify/language.ts'
import { READ_MAX } from '../../../classify/model/normalize.ts'

const of = (text: string, ...langs: string[]): string => languageOf({ text, langs })

describe('the language of a post', () => {
  test.each([
    ['en', 'They found a whole box of ballots behind the school, and nobody counted them'],
    ['en', 'LMAO they really shut down the scanner again, smh, this county is a joke fr'],
    ['en', 'STOP THE COUNT!!! THE MACHINES ARE FLIPPING VOTES IN MARICOPA #StopTheSteal'],
    ['es', 'Las máquinas de votación no funcionan en mi barrio y nadie dice nada'],
    ['es', 'Mi voto no fue contado, dicen que la boleta estaba rota. ¡Qué vergüenza de elección!'],
    ['pt', 'Trump diz que houve fraude na eleição, mas não mostrou nenhuma prova até agora'],
    ['fr', "Trump parle de fraude, mais aucun juge n'a vu la moindre preuve jusqu'à présent"],
    ['de', 'Die Wahlmaschinen sind ausgefallen, sagt Trump, aber niemand hat Beweise gesehen'],
    ['it', 'Trump parla di brogli elettorali, ma finora nessuno ha portato una prova vera'],
    ['ja', '大統領選で不正があったとトランプ氏は主張しているが証拠はない'],
    ['ru', 'Трамп говорит о фальсификации выборов, но доказательств пока никто не видел'],
    ['ar', 'يقول ترامب إن الانتخابات مزورة لكن لا أحد رأى أي دليل على ذلك حتى الآن'],
    ['vi', 'Trump nói rằng cuộc bầu cử bị gian lận nhưng không ai thấy bằng chứng nào'],
    ['zh', '特朗普说选举有舞弊,但是到现在为止没有人看到任何证据'],
  ])('%s: %s', (language, text) => {
    expect(of(text)).toBe(language)
    // What the text itself shows outweighs what the account is set to.
    expect(of(text, language === 'en' ? 'pt' : 'en')).toBe(language)
  })

  test.each([
    'No way que they stopped counting in Phoenix, mi tía was there and said the machines were broken',
    'Bro the line is so long, ya me quiero ir, but I am not leaving until my vote is counted',
  ])('of two languages at once is the English that the model can read: %s', (text) => {
    expect(of(text)).toBe('en')
  })

  it('is the source’s where the text is too short to tell, and English where that says nothing', () => {
    expect(of('¡Fraude! ¡Trump!')).toBe('en')
    expect(of('¡Fraude! ¡Trump!', 'es-MX')).toBe('es')
    expect(of('fraude trump', 'PT_br', 'es')).toBe('pt')
    expect(of('fraude trump', 'pt', 'en-US')).toBe('en')
    expect(of('fraude trump', 'fil', '', 'english')).toBe('en')
  })

  it('is not told by links, mentions and hashtags', () => {
    expect(
      of('rigged! #EleccionesFraudulentas #VotacionesEnPeligro @mi_vecina https://ejemplo.es/la-noticia'),
    ).toBe('en')
  })

  it('of Spanish election talk is Spanish, nearly always', () => {
    const lines = readFileSync(new URL('spanish.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const told = lines.map((line) => of((JSON.parse(line) as { text: string }).text))
    expect(told.filter((language) => language === 'es').length / told.length).toBeGreaterThanOrEqual(0.97)
  })
})

describe('any text', () => {
  it('has a language of two letters, the same every time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.array(fc.string()), (text, langs) => {
        const language = languageOf({ text, langs })
        expect(language).toMatch(/^[a-z]{2}$/)
        expect(languageOf({ text, langs })).toBe(language)
      }),
    )
    for (const half of ['\ud800', '\udfff'.repeat(30), 'palabras cortadas por la mitad \ud83d']) of(half)
  })

  it('is read to the same length as by the model, and no further', () => {
    const start = 'vote '.repeat(READ_MAX / 5)
    expect(of(`${start}${'las máquinas no funcionan en mi barrio '.repeat(1_000)}`)).toBe(of(start))
  })

  // Shapes on which an expression that goes back on itself takes seconds or minutes.
  test.each(['a', ' ', '#', '@', '.', '0a', 'a.', '\u0301', '&amp;', 'https://', '#a', '\ufdfa', '漢', '🗳️'])(
    'of 100,000 characters takes no longer for being %j again and again',
    (piece) => {
      const text = piece.repeat(100_000 / piece.length)
      of(text)
      const before = process.cpuUsage()
      for (let i = 0; i < 10; i++) of(text)
      const { user, system } = process.cpuUsage(before)
      // About 1 ms each where it was measured; quadratic in 100,000 would be seconds.
      expect((user + system) / 10 / 1000).toBeLessThan(25)
    },
  )
})

test('posts of a load are told from their words alone, by the short way and by the library', () => {
  const load = createLoad('election', 'language')
  const posts = Array.from({ length: 1_000 }, () => load.next()).filter(({ text }) => text !== '')
  expect(posts.map(({ text }) => of(text))).toEqual(posts.map(({ lang }) => lang))
})
