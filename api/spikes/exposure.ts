/**
 * What a place's claims are measured against. For the nation that is simply the election posts seen. A place's own posts
 * will not do: few posts name a county, and when a rumour about it spreads, most that do are the rumour itself, so its
 * share never rises. A place is therefore measured against its usual part of the nation's election posts or, where
 * other talk of it has grown (news), against the part that this has now; never against the claim itself. Parts, and not
 * numbers: when a source fails, the place's talk falls with the nation's in the same minute. A minute in which nothing was
 * seen says nothing of either.
 */
import type { MinuteCounts } from './minutes.ts'
import { priorPart } from './prior/prior.ts'

/** A place's part of the nation's talk is learnt over about half a day. */
const KEEP = 0.5 ** (1 / 720)
/** How many of the place's posts the prior is worth. */
const PRIOR_POSTS = 1
/** A place's part right now is averaged over this many minutes: minute by minute its talk is too thin. */
const NEWS_MINUTES = 15

interface PlaceState {
  /** Election posts of the past, faded. */
  posts: number
  /** Election posts of the last minutes, as a fading average a minute. */
  recent: number
}

export interface ExposureState {
  nation: PlaceState
  places: [string, PlaceState][]
  /** By series: posts that assert it in the last minutes, as a fading average; and of the past, faded. */
  asserted: [string, PlaceState][]
}

export interface ExposureModel {
  /** Takes the next minute; gives the exposure of a series in it, 0 where nothing at all was seen. */
  take(counts: MinuteCounts | undefined): (key: string, count: number) => number
  snapshot(): ExposureState
}

const RECENT_KEEP = 1 - 1 / NEWS_MINUTES

function add(s: PlaceState, value: number): PlaceState {
  s.posts = KEEP * s.posts + value
  s.recent = RECENT_KEEP * s.recent + (1 - RECENT_KEEP) * value
  return s
}

export function createExposure(state?: ExposureState): ExposureModel {
  const nation: PlaceState = { posts: 0, recent: 0, ...state?.nation }
  const places = new Map(state?.places.map(([place, s]) => [place, { ...s }]))
  const asserted = new Map(state?.asserted.map(([key, s]) => [key, { ...s }]))

  function follow(map: Map<string, PlaceState>, key: string, value: number): PlaceState {
    let s = map.get(key)
    if (s === undefined) map.set(key, (s = { posts: 0, recent: 0 }))
    return add(s, value)
  }

  return {
    take(counts) {
      const seen = counts?.exposure.get('US')?.election ?? 0
      if (seen === 0) return () => 0
      add(nation, seen)
      for (const place of counts?.exposure.keys() ?? [])
        if (!places.has(place)) places.set(place, { posts: 0, recent: 0 })
      for (const place of places.keys()) follow(places, place, counts?.exposure.get(place)?.election ?? 0)
      return (key, count) => {
        const claim = follow(asserted, key, count)
        const place = key.slice(0, key.indexOf('|'))
        if (place === 'US') return seen
        const talk = places.get(place) ?? { posts: 0, recent: 0 }
        const others = Math.max(0, talk.posts - claim.posts)
        const usual = (others + PRIOR_POSTS) / (nation.posts + PRIOR_POSTS / priorPart(place))
        const now = (talk.recent - claim.recent) / nation.recent
        return Math.max(usual, now) * seen
      }
    },
    snapshot: () => ({
      nation: { ...nation },
      places: [...places].map(([place, s]) => [place, { ...s }]),
      asserted: [...asserted].map(([key, s]) => [key, { ...s }]),
    }),
  }
}
