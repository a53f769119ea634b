/** What a spike is made of: what its posts do with the claim, the places they name, what is said most. */
import type { SpikeDetail } from '../../api/contract.ts'
import { count, percent, whole } from '../format.ts'
import { at } from '../state.ts'
import { inPlace, NARRATIVE_TITLE } from '../words.ts'

/** More places than these are a tail of ones and twos. */
const PLACES_MAX = 7
const CLAIMS_MAX = 5
const RISING_MAX = 5

export function Evidence({ detail }: { detail: SpikeDetail }) {
  return (
    <>
      <div class="two even">
        <section class="panel" aria-labelledby="stances">
          <h2 id="stances">What the posts do with the claim</h2>
          <StanceBar stances={detail.stances} />
        </section>
        <section class="panel" aria-labelledby="places">
          <h2 id="places">Which places they name</h2>
          <Places places={detail.places} />
        </section>
      </div>
      <section class="panel" aria-labelledby="words">
        <h2 id="words">Words that are new</h2>
        <Words detail={detail} />
      </section>
      <section class="panel" aria-labelledby="claims">
        <h2 id="claims">What is said most</h2>
        <Claims claims={detail.topClaims} />
      </section>
    </>
  )
}

function Words({ detail: { newWords, reposts, posts, risingWith } }: { detail: SpikeDetail }) {
  return (
    <>
      {newWords.length === 0 ? (
        <p class="empty">No word is used clearly more than in the six hours before.</p>
      ) : (
        <ul class="parts">
          {newWords.map(({ word, texts, before }) => (
            <li key={word}>
              <b>{word}</b> in {count(texts, 'text')}, {before === 0 ? 'never' : `in ${whole(before)}`} before
            </li>
          ))}
        </ul>
      )}
      <p class="hint">
        {whole(reposts)} of the {count(posts, 'post')} {reposts === 1 ? 'passes' : 'pass'} on another one.
      </p>
      {risingWith.length > 0 && (
        <p>
          Rising at the same time:{' '}
          {risingWith.slice(0, RISING_MAX).map((other, index) => (
            <span key={other.id}>
              {index > 0 && '; '}
              <a href={`#/spikes/${other.id}`}>{NARRATIVE_TITLE[other.narrative]}</a> {inPlace(other)}
            </span>
          ))}
        </p>
      )}
    </>
  )
}

function StanceBar({ stances }: { stances: SpikeDetail['stances'] }) {
  const parts = [
    { key: 'claim', words: 'make the claim', posts: stances.asserts },
    { key: 'report', words: 'report on it', posts: stances.reports },
    { key: 'question', words: 'ask about it', posts: stances.questions },
    { key: 'debunk', words: 'contradict it', posts: stances.debunks },
  ]
  const all = parts.reduce((total, part) => total + part.posts, 0)
  if (all === 0) return <p class="empty">No posts in this time.</p>
  return (
    <>
      <div class="bar" aria-hidden="true">
        {parts.map((part) => (
          <span key={part.key} class={`part-${part.key}`} style={{ flexGrow: part.posts }} />
        ))}
      </div>
      <ul class="parts">
        {parts.map((part) => (
          <li key={part.key} class={`key-${part.key}`}>
            <b>{whole(part.posts)}</b> {part.words} ({percent(part.posts / all)})
          </li>
        ))}
      </ul>
    </>
  )
}

function Places({ places }: { places: SpikeDetail['places'] }) {
  const top = places[0]
  if (top === undefined) return <p class="empty">The posts name no other place.</p>
  return (
    <ul class="ranks">
      {places.slice(0, PLACES_MAX).map((entry) => (
        <li key={entry.place}>
          <span class="rank-name">{entry.name}</span>
          <span
            class="rank-bar"
            aria-hidden="true"
            style={{ width: `${(100 * entry.posts) / top.posts}%` }}
          />
          <span class="rank-count">{count(entry.posts, 'post')}</span>
        </li>
      ))}
    </ul>
  )
}

function Claims({ claims }: { claims: SpikeDetail['topClaims'] }) {
  const told = claims.filter((claim) => claim.text !== '')
  if (told.length === 0) return <p class="empty">No post of this spike has words of its own.</p>
  return (
    <ol class="claims">
      {told.slice(0, CLAIMS_MAX).map((claim) => (
        <li key={claim.id}>
          <blockquote dir="auto">{claim.text}</blockquote>
          <p class="hint">
            {count(claim.posts, 'post')} by {count(claim.authors, 'account')}{' '}
            {claim.texts === 1 ? 'in these words' : `in ${whole(claim.texts)} similar wordings`}, first at{' '}
            {at(claim.first)}
          </p>
        </li>
      ))}
    </ol>
  )
}
