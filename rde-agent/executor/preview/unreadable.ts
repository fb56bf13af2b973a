/** Content cannot be shown; the message goes on after “it cannot be shown: ”. */
export class Unreadable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Unreadable';
  }
}
