import { describe, expect, it } from 'vitest'
import { createGate } from '../../../classify/gate.ts'

const gate = createGate()

describe('the gate', () => {
  it.each([
    'They are stealing the election in broad daylight',
    'The voting machines are down at my precinct',
    'My ballot was rejected and nobody told me',
    '#StopTheSteal',
    '#theystoletheelection',
    'Dominion switched the votes',
    'They threw out the mail in ballots',
    'S\u200bt\u200bolen election',
    'Ｓｔｏｌｅｎ election',
    'STOLEN ELECTION!!!',
  ])('lets through: %s', (text) => {
    expect(gate(text)).toEqual({ election: true, candidate: true })
  })

  it.each([
    'I voted today, here is my sticker',
    'Turnout is high today',
    'The governor spoke',
    '#Election2024',
  ])('counts as election, but asks no model: %s', (text) => {
    expect(gate(text)).toEqual({ election: true, candidate: false })
  })

  it.each([
    '',
    'The coffee machine is broken again',
    'Somebody stole my bike',
    'Toast for breakfast',
    '🎉🎉🎉',
    'see https://example.org/election/votes/stolen',
  ])('keeps away: %s', (text) => {
    expect(gate(text).election).toBe(false)
  })
})
