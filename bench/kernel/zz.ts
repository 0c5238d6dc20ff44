import { runRound } from './rounds.ts';
for (let i = 0; i < 6; i++) {
  const r = await runRound(100_000);
  console.log(
    Object.entries(r)
      .map(([k, v]) => `${k} ${(v / 1e6).toFixed(2)}`)
      .join('  '),
  );
}
