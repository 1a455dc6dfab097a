// One question at a time: some fields, and what is done with the answers.

import { signal } from "@preact/signals";
import { isNamed } from "./client";

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

/** It is answered, or let go of; another that was asked since stays. */
export function leave(question: Question): void {
  if (open.value === question) open.value = null;
}

/** Asks; not one who has not said who he is, for he could not say it under the question. */
export function ask(title: string, fields: readonly Field[], done: Question["done"], count = 1): void {
  if (isNamed()) open.value = { title, fields, done, count };
}
