// What a form does, once: a second Enter before the answer would do it twice.

import { useRef } from "preact/hooks";

export function useSubmit(what: () => Promise<unknown>): (event: Event) => void {
  const isDoing = useRef(false);
  return (event) => {
    event.preventDefault();
    if (isDoing.current) return;
    isDoing.current = true;
    void what().finally(() => (isDoing.current = false));
  };
}
