// SPDX-License-Identifier: EUPL-1.2
/** One text, or one for each plural form that the language has. */
export type Message = string | ({ readonly other: string } & { readonly [form in Intl.LDMLPluralRule]?: string });

export type Catalogue = { readonly [key: string]: Message };
