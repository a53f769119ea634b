/** Letters of other scripts that are written for Latin ones. */
import unhomoglyph from 'unhomoglyph'

/** Letters that Unicode's list of confusables pairs with others or with none, but that are written for these. */
const MORE_LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [...'ςcηnνvκkωwτtεeᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz'.matchAll(/(.)(.)/gu)].map(
    ([, letter, latin]) => [letter, latin],
  ),
)

/** What a letter looks like, by Unicode's list of confusables (UTS #39); itself where it looks like no other. */
export function lookAlike(letter: string): string {
  return MORE_LOOK_ALIKES[letter] ?? unhomoglyph(letter)
}
