// State of the dialog: one question at a time, with its fields and the handler of the answers.

import { signal } from "@preact/signals";
import { isNamed } from "./client";

export interface Field {
  name: string;
  label: string;
  optional?: boolean;
  long?: boolean;
  number?: boolean;
  first?: string;
  /** Suggested values; others may be typed. */
  suggested?: readonly string[];
  options?: readonly { value: string; label: string }[];
}

export type Answers = Record<string, string>;

export interface Question {
  /** Name of the title's text: `keys.<title>`. */
  title: string;
  fields: readonly Field[];
  /** Number of alerts that the action applies to. */
  count: number;
  /** Handles the answers. Returns whether they were accepted, which closes the question. */
  done: (answers: Answers) => Promise<boolean>;
}

export const open = signal<Question | null>(null);

/** Closes a question; one that was opened since stays. */
export function leave(question: Question): void {
  if (open.value === question) open.value = null;
}

/** Opens a question, unless the officer's name is unknown, which has to be given first. */
export function ask(title: string, fields: readonly Field[], done: Question["done"], count = 1): void {
  if (isNamed()) open.value = { title, fields, done, count };
}
