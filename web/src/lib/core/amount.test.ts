import { describe, expect, test } from 'vitest';
import { amount, amountText, decimalSign, parseAmount } from './amount';

describe('an amount', () => {
  test.each<[string, number | undefined]>([
    // Whatever the language.
    ['1200', 1200],
    ['0', 0],
    ['007', 7],
    ['-3', -3],
    ['−3,5', -3.5],
    ['0.125', 0.125],
    ['0,125', 0.125],
    ['1234.5', 1234.5],
    ['1234,5', 1234.5],
    ['1234.567', 1234.567],
    ['12.5', 12.5],
    ['1.23', 1.23],
    ['1.2345', 1.2345],
    ['1.234,50', 1234.5],
    ['1,234.50', 1234.5],
    ['1.234,567', 1234.567],
    ['1,234.567', 1234.567],
    ['12.345.678', 12_345_678],
    ['12,345,678.9', 12_345_678.9],
    ['1 200', 1200],
    ['1\u00a0234\u202f567,5', 1_234_567.5],
    ["1'234.567", 1234.567],
    ['1’234', 1234],
    [' 18500 ', 18_500],
    // None, or thousands in the wrong places.
    ['', undefined],
    ['a lot', undefined],
    ['12 €', undefined],
    ['1e5', undefined],
    ['5.', undefined],
    ['.5', undefined],
    ['1..5', undefined],
    ['12.34.56', undefined],
    ['1.23,456.7', undefined],
    ['1,2345.6', undefined],
    ['1 23', undefined],
    ["1'234.567.890", undefined],
    ['1.234,5,6', undefined],
  ])('%j', (text, value) => {
    expect(parseAmount(text, '.')).toBe(value);
    expect(parseAmount(text, ',')).toBe(value);
  });

  test.each<[string, number, number]>([
    // Where the decimal sign is a point, where it is a comma.
    ['1.234', 1.234, 1234],
    ['1,234', 1234, 1.234],
    ['-999.000', -999, -999_000],
    ['120,500', 120_500, 120.5],
  ])('%j goes by the language', (text, point, comma) => {
    expect(parseAmount(text, '.')).toBe(point);
    expect(parseAmount(text, ',')).toBe(comma);
  });

  test.each([0, 1200, 1.234, 0.125, 1234.567, -3.5, 18_500.75])(
    '%d in a field is read again as itself',
    (value) => {
      for (const sign of ['.', ','] as const) expect(parseAmount(amountText(value, sign), sign)).toBe(value);
    },
  );

  test('is spelled with its decimals', () => {
    expect([1234, 1.234, 0.125, -3.5].map(amount)).toEqual(['1,234.00', '1.234', '0.125', '-3.50']);
  });

  test.each([
    ['en-GB', '.'],
    ['de-DE', ','],
    ['de-CH', '.'],
    ['fr-FR', ','],
    ['ar-EG', '.'],
  ])('in %s', (language, sign) => expect(decimalSign(language)).toBe(sign));
});
