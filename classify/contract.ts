/** What classify emits: verdicts, stored with their posts. */
import { z } from 'zod'

export const narrativeSchema = z.enum([
  'votes_not_counted',
  'machine_failure',
  'results_manipulated',
  'ballot_fraud',
  'voting_obstructed',
])
export type Narrative = z.infer<typeof narrativeSchema>
export const NARRATIVES: readonly Narrative[] = narrativeSchema.options

/** A post is flagged when it asserts one of these. */
export const FLAGGED_NARRATIVES: ReadonlySet<Narrative> = new Set([
  'votes_not_counted',
  'machine_failure',
  'results_manipulated',
])

/** Towards the narrative's claim. `asserts` includes insinuation and first-hand report. */
export const stanceSchema = z.enum(['asserts', 'reports', 'questions', 'debunks', 'unrelated'])
export type Stance = z.infer<typeof stanceSchema>
export const STANCES: readonly Stance[] = stanceSchema.options

/**
 * Languages (ISO 639-1) whose posts are shown to the model. Posts in others are not judged: nothing is flagged in them,
 * and coverage says how many there were.
 */
export const JUDGED_LANGUAGES: readonly string[] = ['en', 'es']

/**
 * Those of them that raise alarms; the rest is charted only: listed, exported and drawn, but never counted by the
 * detector nor in a spike. A language comes in here when the model's flag reaches F1 .75 on posts in it (the model's
 * card has the figures).
 */
export const ALARM_LANGUAGES: readonly string[] = ['en']

export function isJudged(language: string): boolean {
  return JUDGED_LANGUAGES.includes(language)
}

/** `US`, a state's postal code, or a county's five-digit FIPS code. See ingest/base/jurisdictions. */
export const placeSchema = z.string().regex(/^(US|[A-Z]{2}|\d{5})$/)
export type PlaceId = z.infer<typeof placeSchema>

const probability = z.number().min(0).max(1)

/** What the classifier says of one text: the same text always gets the same verdict, whoever wrote it. */
export const verdictSchema = z.object({
  /** About an election at all: counted in the exposure. */
  election: z.boolean(),
  /** Asserts one of the flagged narratives. */
  flagged: z.boolean(),
  /** Probability that it is flagged. */
  score: probability,
  /** Narratives that hold (probability .5 or more), most probable first. */
  narratives: z.array(narrativeSchema),
  narrativeScores: z.record(narrativeSchema, probability),
  stance: stanceSchema,
  stanceScores: z.record(stanceSchema, probability),
  /** Words of the text that drove the verdict, as they stand in it, strongest first; at most 8. */
  words: z.array(z.string()),
  /** Places named in the text: states, and counties together with their state. Never from the author's profile. */
  places: z.array(placeSchema),
  /** Which model gave it. */
  model: z.string(),
})
export type Verdict = z.infer<typeof verdictSchema>

/**
 * How the names of models begin whose verdicts were given in haste: by the fast model alone, which was not sure, because
 * more came than could be judged. Such a post is judged again.
 */
export const HASTY = 'fast-'

export function isHasty({ model }: Pick<Verdict, 'model'>): boolean {
  return model.startsWith(HASTY)
}
