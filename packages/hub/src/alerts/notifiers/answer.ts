// Reads what a far side says as JSON, which may be anything. What its fields mean is for each kind.

/** The fields of an answer; none when it is no JSON object. */
export function answerFields(body: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
