import { setWords, type Words } from '../protocol/words.ts';

/** Before anything is shown: the words that the host wrote beside the page's state; a page that was given none is English. */
export function takeWords(): void {
  const given = document.getElementById('root')?.dataset['words'];
  if (given !== undefined) setWords(JSON.parse(given) as Words);
}
