// Searches as the gateway understands them: every word, the last of which may be unfinished; the best matches first.

const STOP_WORDS = new Set(
  'a an and are as at be by for from has in is it its of on or our that the this to was with'.split(' '),
)

/** The condition on a product that a search stands for. */
export function searched(search) {
  return { $and: wordsOf(search).map((word) => ({ 'search.terms': { $in: alternatives(word) } })) }
}

/** The expression of how well a product answers a search that it meets. */
export function scoreOf(search) {
  return { $sum: wordsOf(search).map(weight) }
}

function wordsOf(search) {
  const folded = search.toLowerCase().normalize('NFKD').replace(/[\p{M}'’]/gu, '')
  const words = (folded.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !STOP_WORDS.has(word))
  return words.map((text, place) => ({
    text,
    forms: [...new Set([text, stem(text)])],
    begins: place === words.length - 1,
  }))
}

function alternatives({ text, forms, begins }) {
  return begins ? [...forms, new RegExp(`^${text}`)] : forms
}

function stem(word) {
  if (word.length < 4 || !word.endsWith('s') || /(ss|us|is)$/.test(word)) return word
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  return /(sses|ches|shes|xes|zes)$/.test(word) ? word.slice(0, -2) : word.slice(0, -1)
}

function weight(word) {
  return { $add: [weightIn('$search.name', 10, word), weightIn('$search.tags', 5, word), weightIn('$search.terms', 1, word)] }
}

function weightIn(terms, weight, { text, forms, begins }) {
  const whole = { $gt: [{ $size: { $setIntersection: [terms, forms] } }, 0] }
  const beginning = { $eq: [{ $indexOfBytes: ['$$this', { $literal: text }] }, 0] }
  const begun = { $anyElementTrue: [{ $map: { input: terms, in: beginning } }] }
  return { $cond: [whole, weight, begins ? { $cond: [begun, weight * 0.6, 0] } : 0] }
}
