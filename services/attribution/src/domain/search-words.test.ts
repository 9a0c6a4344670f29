import fc from 'fast-check';
import { isCalled, searchPrefixes, toWordQuery, wordsOf } from './search-words.ts';

/** As a search does it: looked up by one word, then compared with all of them. */
function finds(q: string, person: { readonly name?: string; readonly email?: string }): boolean {
  const query = toWordQuery(q);
  return query !== undefined && searchPrefixes(person).includes(query.lookup) && isCalled(person, query);
}

test.each([
  ['ann@shop.example', ['ann', 'shop', 'example']],
  ['Zoë Müller-Łącka', ['zoe', 'muller', 'łacka']],
  ["O'Brien, 2nd", ['o', 'brien', '2nd']],
  ['STRASSE Straße STRAẞE', ['strasse', 'strasse', 'strasse']],
  ['ΟΔΥΣΣΕΥΣ Οδυσσεύς', ['οδυσσευσ', 'οδυσσευσ']],
  ['İpek Işık', ['ipek', 'isik']],
  ['ﬁ Ａｎｎ 𝐁𝐨𝐛', ['fi', 'ann', 'bob']],
  ['山田 太郎', ['山田', '太郎']],
  ['\u202eann\u202c b\u200fo\u00adb', ['ann', 'bob']],
  ['👩‍👩‍👧 .* $where \ud800', ['where']],
])('%s has the words %j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test.each([
  ['zoe', true],
  ['ZOË mül', true],
  ['mul zo', true],
  ['zoe example', true],
  ['oe', false],
  ['zoe ann', false],
  ['zoey', false],
  ['', false],
  ['.*', false],
])('%j finds Zoë Müller: %s', (q, isFound) => {
  expect(finds(q, { name: 'Zoë Müller', email: 'z.m@shop.example' })).toBe(isFound);
});

test('a word that is longer than what is indexed is compared to its end', () => {
  const person = { name: 'Wolfeschlegelsteinhausen' };
  expect(finds('wolfeschlegelstein', person)).toBe(true);
  expect(finds('wolfeschlegelbach', person)).toBe(false);
});

// An index entry for each would make one profile too large to be kept.
test('of a name as long as names may be, no more is indexed than of sixteen words', () => {
  const name = Array.from({ length: 128 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join(' ');
  expect(searchPrefixes({ name, email: `${'x'.repeat(300)}@example.com` })).toHaveLength(16 + 12 + 7 + 3);
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'aZé́ßΣςİı\u202e\u200d 김が@.-'), maxLength: 30 }),
);

// Whatever somebody is called, whoever types the beginning of it finds them.
test('each beginning of each word of a name or e-mail finds its owner', () => {
  fc.assert(
    fc.property(text, text, (name, email) => {
      for (const word of [...wordsOf(name).slice(0, 16), ...wordsOf(email).slice(0, 16)]) {
        const characters = [...word];
        for (let length = 1; length <= characters.length; length += 1) {
          const beginning = characters.slice(0, length).join('');
          if (!finds(beginning, { name, email })) throw new Error(`${JSON.stringify(beginning)} does not find it`);
        }
      }
    }),
  );
});

test('a whole name finds its owner as it is written', () => {
  fc.assert(
    fc.property(text, (name) => {
      const words = wordsOf(name);
      fc.pre(words.length > 0 && words.length <= 16);
      expect(finds(name, { name })).toBe(true);
    }),
  );
});
