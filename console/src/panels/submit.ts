// Form submission that ignores a second Enter before the first is answered.

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
