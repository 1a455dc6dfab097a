// One question at a time: some fields, and what is done with the answers.

import { signal } from "@preact/signals";

export interface Field {
  name: string;
  label: string;
  optional?: boolean;
  long?: boolean;
  number?: boolean;
  first?: string;
  /** What may be meant; anything else may be written too. */
  suggested?: readonly string[];
  options?: readonly { value: string; label: string }[];
}

export type Answers = Record<string, string>;

export interface Question {
  /** `keys.<title>` in the tables of words. */
  title: string;
  fields: readonly Field[];
  /** How many alerts it is for. */
  count: number;
  /** Whether it was taken: the question then goes. */
  done: (answers: Answers) => Promise<boolean>;
}

export const open = signal<Question | null>(null);

export function ask(title: string, fields: readonly Field[], done: Question["done"], count = 1): void {
  open.value = { title, fields, done, count };
}
