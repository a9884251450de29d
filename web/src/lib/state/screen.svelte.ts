/** The widths at which the app changes its shape, as state. */
class Screen {
  phone = $state(false);
  narrow = $state(false);

  constructor() {
    const watch = (query: string, set: (matches: boolean) => void) => {
      const list = matchMedia(query);
      set(list.matches);
      list.addEventListener('change', ({ matches }) => set(matches));
    };
    watch('(max-width: 640px)', (matches) => (this.phone = matches));
    watch('(max-width: 900px)', (matches) => (this.narrow = matches));
  }
}

export const screen = new Screen();
