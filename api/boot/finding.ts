/**
 * What a check found: what is so, or what is wrong and what to do. A problem keeps Tallywatch from working; with a
 * warning it works, but somebody should know.
 */
export interface Finding {
  level: 'ok' | 'warning' | 'problem'
  text: string
}

export const fine = (text: string): Finding => ({ level: 'ok', text })
export const doubtful = (text: string): Finding => ({ level: 'warning', text })
export const wrong = (text: string): Finding => ({ level: 'problem', text })
