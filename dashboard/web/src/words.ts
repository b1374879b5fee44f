// SPDX-License-Identifier: EUPL-1.2
// words: one language's way to say texts, numbers, quantities and dates.
import { quantityOf, scaleFor, type Scale } from './quantity';
import type { Message } from './texts/catalogue';
import { ar } from './texts/ar';
import { de } from './texts/de';
import { en } from './texts/en';
import { tr } from './texts/tr';

export type TextKey = keyof typeof de;
type Texts = { readonly [key in TextKey]: Message };
export type Values = { readonly [name: string]: string | number };

/**
 * Another language: a catalogue, its locale for numbers and dates, and its direction. Arabic has the
 * digits 0 to 9, as letters and forms in Germany do, and as the sentences of the server.
 */
export const LANGUAGES = {
  de: { texts: de as Texts, locale: 'de-DE', dir: 'ltr' },
  en: { texts: en as Texts, locale: 'en-GB', dir: 'ltr' },
  tr: { texts: tr as Texts, locale: 'tr-TR', dir: 'ltr' },
  ar: { texts: ar as Texts, locale: 'ar-u-nu-latn', dir: 'rtl' },
} as const satisfies { [lang: string]: { texts: Texts; locale: string; dir: 'ltr' | 'rtl' } };
export type Lang = keyof typeof LANGUAGES;

export const LANGS = Object.keys(LANGUAGES) as Lang[];

/** The first language that the person reads and we speak. */
export function chooseLang(wanted: readonly string[]): Lang {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return (known as Lang | undefined) ?? 'de';
}

export class Words {
  readonly locale: string;
  readonly dir: 'ltr' | 'rtl';
  private readonly texts: Texts;
  private readonly plural: Intl.PluralRules;

  constructor(readonly lang: Lang) {
    const language = LANGUAGES[lang];
    this.texts = language.texts;
    this.locale = language.locale;
    this.dir = language.dir;
    this.plural = new Intl.PluralRules(this.locale, { maximumFractionDigits: 1 });
  }

  say(key: TextKey, values: Values = {}): string {
    return this.fill(this.template(key, values), values);
  }

  /** The text in pieces, every second one of them strong. A value never changes the markup. */
  sayRich(key: TextKey, values: Values = {}): string[] {
    return this.template(key, values)
      .split('*')
      .map((piece) => this.fill(piece, values));
  }

  private template(key: TextKey, values: Values): string {
    const message = this.texts[key];
    if (typeof message === 'string') return message;
    return message[this.plural.select(Number(values['n'] ?? 0))] ?? message.other;
  }

  private fill(template: string, values: Values): string {
    return template.replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name];
      return value === undefined ? hole : typeof value === 'number' ? this.number(value) : this.isolated(value);
    });
  }

  /** A name in Latin letters keeps to itself between words that run the other way. */
  private isolated(value: string): string {
    return this.dir === 'rtl' && /\p{Script=Latin}/u.test(value) ? `\u2068${value}\u2069` : value;
  }

  capital(text: string): string {
    return text.charAt(0).toLocaleUpperCase(this.locale) + text.slice(1);
  }

  number(value: number, digits = 1): string {
    return this.format(value, { maximumFractionDigits: digits });
  }

  private format(value: number, options: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(this.locale, options).format(value);
  }

  /** "−8": a sign stands before its number, from whichever side one reads. */
  withSign(sign: string, number: string): string {
    return this.dir === 'rtl' ? `\u200e${sign}${number}` : sign + number;
  }

  /** "9 Tage", "8,1 %": a value of the API in words. */
  quantity(value: number, scale: Scale): string {
    const n = quantityOf(value, scale);
    switch (scale.name) {
      case 'percent':
      case 'euro':
        return this.signed(n, scale.name).map(({ value }) => value).join('');
      default:
        return this.say(`quantity.${scale.name}`, { n });
    }
  }

  /** The parts of a headline: the number, and its unit beside it. */
  headline(value: number, scale: Scale): { number: string; unit: string } {
    const n = quantityOf(value, scale);
    if (scale.name !== 'percent' && scale.name !== 'euro')
      return { number: this.number(n), unit: this.say(`unit.${scale.name}`, { n }) };
    const parts = this.signed(n, scale.name);
    const sign = parts.findIndex(({ type }) => type === 'percentSign' || type === 'currency');
    const text = (some: readonly Intl.NumberFormatPart[]) => some.map(({ value }) => value).join('').trim();
    // Where the sign comes first, as in "%8,1", it is one with the number.
    return sign < parts.length / 2
      ? { number: text(parts), unit: '' }
      : { number: text(parts.slice(0, sign)), unit: text(parts.slice(sign)) };
  }

  /** Percent and euros in parts, of which one is their sign. */
  private signed(n: number, sign: 'percent' | 'euro'): Intl.NumberFormatPart[] {
    const options: Intl.NumberFormatOptions =
      sign === 'percent'
        ? { style: 'percent', maximumFractionDigits: 1 }
        : { style: 'currency', currency: 'EUR', maximumFractionDigits: n !== 0 && Math.abs(n) < 10 ? 2 : 0 };
    return new Intl.NumberFormat(this.locale, options).formatToParts(sign === 'percent' ? n / 100 : n);
  }

  /** "5–15 Tage", "3 Stunden bis 2 Tage": a span of time in seconds. */
  span(low: number, high: number): string {
    const from = scaleFor('s', low);
    const to = scaleFor('s', high);
    const end = this.quantity(high, to);
    return from.name === to.name
      ? this.say('range', { low: quantityOf(low, from), high: end })
      : this.say('range.words', { low: this.quantity(low, from), high: end });
  }

  /** "nach 9 Tagen" */
  after(value: number, scale: Scale): string {
    const name = scale.name as 'second' | 'minute' | 'hour' | 'day' | 'workday';
    return this.say(`after.${name}`, { n: quantityOf(value, scale) });
  }

  /** "Mo" of 1. */
  weekday(day: number): string {
    const date = new Date(Date.UTC(2024, 0, day)); // a Monday was the first of January
    return new Intl.DateTimeFormat(this.locale, { weekday: 'short', timeZone: 'UTC' }).format(date).replace('.', '');
  }

  /** "Oktober 2026" of "2026-10"; short: "Okt". */
  month(text: string, form: 'long' | 'short' = 'long'): string {
    const month: Intl.DateTimeFormatOptions =
      form === 'long' ? { month: 'long', year: 'numeric' } : { month: 'short' };
    const date = new Date(`${text}-01T00:00:00Z`);
    return new Intl.DateTimeFormat(this.locale, { ...month, timeZone: 'UTC' }).format(date).replace('.', '');
  }

  /** "1. Oktober 2025" */
  day(instant: string, zone: string): string {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: 'long', timeZone: zone }).format(new Date(instant));
  }

  moment(instant: string, zone: string): string {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: 'long', timeStyle: 'short', timeZone: zone }).format(
      new Date(instant),
    );
  }

  /** "vor 3 Minuten" */
  ago(instant: string, now: number): string {
    const seconds = (new Date(instant).getTime() - now) / 1000;
    const steps: [Intl.RelativeTimeFormatUnit, number][] = [
      ['day', 86400],
      ['hour', 3600],
      ['minute', 60],
    ];
    const format = new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto' });
    for (const [unit, size] of steps)
      if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
    return format.format(Math.trunc(seconds), 'second');
  }
}
