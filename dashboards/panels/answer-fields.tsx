/** The words of an answer, as a draft and a correction ask for them. */
import type { Rebuttal } from '../../api/contract.ts'

const RATINGS: readonly Rebuttal['rating'][] = ['False', 'Misleading', 'Missing context', 'True']

type Words = Pick<Rebuttal, 'claim' | 'text' | 'link' | 'rating'>

export function AnswerFields({ claim, text, link, rating }: Partial<Words>) {
  return (
    <>
      <label>
        The claim, in neutral words
        <textarea name="claim" required minLength={10} maxLength={500} rows={2} defaultValue={claim} />
        <small>State what is claimed, without naming who claims it.</small>
      </label>
      <label>
        Your answer
        <textarea name="text" required minLength={10} maxLength={5_000} rows={4} defaultValue={text} />
        <small>What is true, in one or two short sentences. Begin with the fact.</small>
      </label>
      <label>
        Official page
        <input
          name="link"
          type="url"
          required
          pattern="https://.+"
          maxLength={2_000}
          placeholder="https://"
          defaultValue={link}
        />
        <small>A page of your office, beginning with https://</small>
      </label>
      <fieldset>
        <legend>Rating of the claim</legend>
        {RATINGS.map((one) => (
          <label key={one} class="choice">
            <input type="radio" name="rating" value={one} required defaultChecked={one === rating} />
            {one}
          </label>
        ))}
      </fieldset>
    </>
  )
}

/** A field of a form, without the spaces around it. */
export function field(fields: FormData, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

export function readWords(fields: FormData): Omit<Words, 'rating'> & { rating: Words['rating'] | undefined } {
  return {
    claim: field(fields, 'claim'),
    text: field(fields, 'text'),
    link: field(fields, 'link'),
    rating: RATINGS.find((rating) => rating === field(fields, 'rating')),
  }
}
