// A value that tells its listeners when it changes: the page's whole state is a handful of these (state.ts).

export type Listener<T> = (value: T) => void;

export class Signal<T> {
  private listeners = new Set<Listener<T>>();
  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of this.listeners) listener(value);
  }

  /** Calls `listener` now and after every change; returns how to stop. */
  watch(listener: Listener<T>): () => void {
    listener(this.current);
    return this.onChange(listener);
  }

  onChange(listener: Listener<T>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
