/** The one polite live region of the app. */
class Announcer {
  message = $state('');
}

export const announcer = new Announcer();

export function announce(message: string) {
  announcer.message = message;
}
