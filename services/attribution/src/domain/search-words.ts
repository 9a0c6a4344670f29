/** How people are found by what they are called: by the beginnings of the words of their name and e-mail. */

/** What somebody is called. */
interface Called {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

/** A search for people by what they are called. */
export interface WordQuery {
  /** Each of them begins a word of whoever is found. */
  readonly words: readonly string[];
  /** What to look up: whoever is found has it among their `searchPrefixes`. */
  readonly lookup: string;
}

/** Of a longer word no more is indexed; whoever is looked up is then compared with all of it. */
const maxPrefixLength = 12;
/** Of a name, and of an e-mail, each: a name has 256 characters, which could be as many words. */
const maxWordsOfEach = 16;

/**
 * The words of a text, in the one spelling in which they are compared: without diacritics, case, and characters that
 * nobody sees (those that turn the writing round, or join and part letters). Whatever else is neither letter nor digit
 * stands between words.
 */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    // There and back again makes one of `ẞ`, `ß` and `ss`, of `ı` and `i`; a sigma looks different at the end of a word.
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ');
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Every beginning of every word that somebody is found by, each once. */
export function searchPrefixes(person: Called): string[] {
  return [...new Set(searchWords(person).flatMap(prefixesOf))];
}

/** @returns undefined where there is no word in the text: it finds nobody */
export function toWordQuery(text: string): WordQuery | undefined {
  const words = wordsOf(text);
  // The longest word is the one that the fewest have.
  const [longest] = words.toSorted((a, b) => b.length - a.length);
  return longest === undefined ? undefined : { words, lookup: prefixesOf(longest).at(-1) ?? longest };
}

export function isCalled(person: Called, { words }: WordQuery): boolean {
  const own = searchWords(person);
  return words.every((word) => own.some((one) => one.startsWith(word)));
}

function searchWords({ name = '', email = '' }: Called): string[] {
  return [name, email].flatMap((text) => wordsOf(text).slice(0, maxWordsOfEach));
}

function prefixesOf(word: string): string[] {
  const characters = [...word].slice(0, maxPrefixLength);
  return characters.map((_, at) => characters.slice(0, at + 1).join(''));
}
