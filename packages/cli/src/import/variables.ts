// Environment variables within texts of a draft, kept apart from dollars that are meant as such. Where they are read
// from is for the importers.

/** Around the name: characters that no file has. */
const VARIABLE = /\u{E000}(\w+)\u{E001}/gu;

/** Stands for the value of an environment variable until the text is written. */
export function variable(name: string): string {
  return `\u{E000}${name}\u{E001}`;
}

/** The text as the loader reads it: `$$` is a dollar and `${NAME}` a variable; other dollars stay. */
export function escapeDollars(text: string): string {
  return text.replace(/\$(?=[${\u{E000}])/gu, '$$$$').replace(VARIABLE, '$${$1}');
}

/** The text as people read it. */
export function readable(text: string): string {
  return text.replace(VARIABLE, '$${$1}');
}
