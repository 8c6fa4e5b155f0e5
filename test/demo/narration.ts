// How the demo speaks: chapters, sentences that say why, commands and what they answer.
import { styleText } from 'node:util';

export function chapter(title: string): void {
  print(`\n${styleText('bold', `== ${title}`)}`);
}

/** Why the next command is run; one sentence. */
export function why(sentence: string): void {
  print(`\n${sentence}`);
}

export function command(text: string): void {
  print(styleText('cyan', `$ ${text}`));
}

/** What goes on while nothing is to be seen. */
export function progress(message: string): void {
  print(styleText('dim', `   ${message}`));
}

/** Prints text, with an end of line if it has none; nothing for no text. */
export function print(text: string): void {
  process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
}
