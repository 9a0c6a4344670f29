import { createStreamReader } from './event-stream.ts';

const stream =
  ': hello\n\nid: 7\nevent: referral_converted\ndata: {"a":1}\n\nid: 8\ndata: one\ndata: two\n\ndata:  spaced\n\nid: 9\n\n';
const expected = [
  { id: '7', type: 'referral_converted', data: '{"a":1}' },
  { id: '8', type: 'message', data: 'one\ntwo' },
  { id: undefined, type: 'message', data: ' spaced' },
];

test.each(['\n', '\r\n'])('messages are the same however the network cuts them (%j)', (lineEnd) => {
  const text = stream.replaceAll('\n', lineEnd);
  for (const size of [1, 2, 3, 7, text.length]) {
    const read = createStreamReader();
    const messages = [];
    for (let at = 0; at < text.length; at += size) messages.push(...read(text.slice(at, at + size)));
    expect(messages).toEqual(expected);
  }
});

test('a message is there as soon as it is whole, and not before', () => {
  const read = createStreamReader();
  expect(read('data: x\n')).toEqual([]);
  expect(read('\n')).toHaveLength(1);
});
