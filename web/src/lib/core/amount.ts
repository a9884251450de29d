/**
 * Amounts as people type and read them. Both `.` and `,` may part the decimals or the thousands; blanks and
 * apostrophes only part thousands. What can be told from the text alone is: both signs (the last is the decimal one),
 * one sign several times (thousands), a sign that has not three digits behind it or more than three before it
 * (decimal). Only a text such as `1.234` could be either, and goes by the person's language.
 */
import { locale } from '../text';

export type DecimalSign = '.' | ',';

/** The sign between whole and fraction in a language; a point where the language has one of its own. */
export function decimalSign(language: string): DecimalSign {
  const parts = new Intl.NumberFormat(language).formatToParts(1.5);
  return parts.some(({ type, value }) => type === 'decimal' && value === ',') ? ',' : '.';
}

/** Of this browser. */
export const ownSign: DecimalSign = decimalSign(
  typeof document === 'undefined' ? locale : navigator.language || locale,
);

/** The number that is meant; undefined for what is none, or has its thousands in the wrong places. */
export function parseAmount(text: string, own = ownSign): number | undefined {
  const [, minus = '', signed = ''] = /^([-−]?)(\d[\d.,'’\s]*)$/.exec(text.trim()) ?? [];
  const digits = signed.replace(/[\s’]/g, "'");
  const sign = signIn(digits, own);
  const [whole = '', fraction] = sign ? digits.split(sign) : [digits];
  const isWhole = /^(?:\d+|\d{1,3}(['.,])\d{3}(?:\1\d{3})*)$/.test(whole);
  if (!isWhole || (fraction !== undefined && !/^\d+$/.test(fraction))) return undefined;
  const value = Number(`${whole.replace(/\D/g, '')}.${fraction ?? '0'}`);
  return minus ? -value : value;
}

/** The sign before the decimals of a text; undefined when it has none. */
function signIn(digits: string, own: DecimalSign): DecimalSign | undefined {
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const sign = digits[last] as DecimalSign | undefined;
  if (!sign || digits.indexOf(sign) !== last) return undefined;
  const isEither = /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits);
  return isEither && sign !== own ? undefined : sign;
}

/** For a field: as it is read again, without thousands. */
export function amountText(value: number, own = ownSign): string {
  return String(value).replace('.', own);
}

const spelled = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 6 });

/** `1,234.50`: never without decimals, so that it can be taken for nothing else. */
export const amount = (value: number): string => spelled.format(value);
