/** Letters of other scripts that are written for Latin ones. */
import unhomoglyph from 'unhomoglyph'

/** Letters that Unicode's list of confusables pairs with others, but that are written for these. */
const MORE_LOOK_ALIKES: Readonly<Record<string, string>> = { ς: 'c', η: 'n', ν: 'v', κ: 'k', ω: 'w', τ: 't' }

/** What a letter looks like, by Unicode's list of confusables (UTS #39); itself where it looks like no other. */
export function lookAlike(letter: string): string {
  return MORE_LOOK_ALIKES[letter] ?? unhomoglyph(letter)
}
