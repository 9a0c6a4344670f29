import { isOperational } from '@referral/errors';
import mongoose from 'mongoose';
import { asStoreError, collidingIndex } from './mongo-errors.ts';

const {
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoTopologyClosedError,
} = mongoose.mongo;

test.each([
  ['a broken connection', new MongoNetworkError('read ECONNRESET')],
  ['no answer in time', new MongoNetworkTimeoutError('connection timed out')],
  ['a client that was closed', new MongoTopologyClosedError('Topology is closed')],
  ['a primary that stepped down', new MongoServerError({ message: 'not primary', code: 10_107 })],
  ['a majority that is not there', new MongoServerError({ message: 'waiting for replication timed out', code: 64 })],
  ['credentials that are refused', new MongoServerError({ message: 'Authentication failed.', code: 18 })],
  ['a disk that is full', new MongoServerError({ message: 'available disk space is too low', code: 14_031 })],
  ['an error that nobody has heard of', new MongoServerError({ message: 'what?' })],
  ['no server within the time', new mongoose.MongooseError('Could not connect to any servers')],
])('is retried until it heals: %s', (_, error) => {
  const translated = asStoreError(error);
  expect(isOperational(translated)).toBe(true);
  expect(translated).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: error });
});

test.each([
  ['a document that is too large', new MongoServerError({ message: 'object to insert too large', code: 10_334 })],
  ['a document nested too deeply', new MongoServerError({ message: 'exceeded depth', code: 15 })],
  ['a collision in an index of somebody else', new MongoServerError({ message: 'E11000', code: 11_000 })],
  ['a request that the driver refuses', new MongoInvalidArgumentError('Document is larger than the maximum size')],
  ['a defect of the program', new TypeError('x is not a function')],
])('is never retried: %s', (_, error) => {
  expect(asStoreError(error)).toBe(error);
});

test('the colliding index is the one that the server names, whatever the key says', () => {
  const messages = [
    'E11000 duplicate key error collection: db.attribution.things index: _id_ dup key: { _id: "a" }',
    'E11000 duplicate key error collection: db.codes index: unique.code dup key: { unique.code: "2 index: _id_ x" }',
    'E11000 duplicate key error collection: db.c index: unique.code collation: { locale: "de" } dup key: { unique.code: "0x41" }',
    'something else',
    undefined,
  ];
  expect(messages.map(collidingIndex)).toEqual(['_id_', 'unique.code', 'unique.code', undefined, undefined]);
});
