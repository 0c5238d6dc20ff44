import type { Frame } from '@guardia/model';
import { describe, expect, it } from 'vitest';
import { ExpositionParser } from './exposition-parser.ts';
import { FrameMaker } from './frame-maker.ts';
import { parse } from './test/parse.ts';

const NOW = 1_767_225_600_000;
const ID = 'exp_aaaaaaaaaaaaaaaaaaaa';

/** Parses one exposition after another and makes their frames. */
function setup() {
  const parser = new ExpositionParser({});
  const maker = new FrameMaker(ID);
  return (text: string): readonly Frame[] => {
    parse(text, 'text', parser);
    return maker.make(parser.table, NOW, NOW);
  };
}

const samplesOf = ({ layout, values }: Frame) => layout.keys.map((key, i) => `${key} ${values[i]}`);

describe('a frame', () => {
  it('has every sample at the time of the scrape', () => {
    const [frame, ...more] = setup()('a{b="c"} 1\nd NaN\ne +Inf\n');
    expect(more).toEqual([]);
    expect(frame).toMatchObject({ targetId: ID, at: NOW });
    expect(samplesOf(frame!)).toEqual(['a{b="c"} 1', 'd NaN', 'e Infinity']);
  });

  it('keeps its layout while the series stay, in whatever order', () => {
    const scrape = setup();
    const [first] = scrape('a 1\nb 2\n');
    const [second] = scrape('b 3\n# a remark\na 4\n');
    expect(second!.layout).toBe(first!.layout);
    expect(samplesOf(second!)).toEqual(['a 4', 'b 3']);
    expect(samplesOf(first!)).toEqual(['a 1', 'b 2']);
  });

  it('has another layout when a series comes', () => {
    const scrape = setup();
    const [first] = scrape('a 1\n');
    const [second] = scrape('z 2\na 1\n');
    expect(second!.layout).not.toBe(first!.layout);
    expect(samplesOf(second!)).toEqual(['a 1', 'z 2']);
    expect(samplesOf(first!)).toEqual(['a 1']);
  });

  it('has no reading of a series that went, for ten scrapes, and keeps its layout when it comes back', () => {
    const scrape = setup();
    const [first] = scrape('a 1\nb 2\n');
    const gone = Array.from({ length: 10 }, () => scrape('a 1\n')[0]!);
    expect(new Set(gone.map(({ layout }) => layout))).toEqual(new Set([first!.layout]));
    expect(samplesOf(gone.at(-1)!)).toEqual(['a 1', 'b NaN']);
    expect(scrape('a 1\nb 3\n')[0]!.layout).toBe(first!.layout);
    for (let i = 0; i < 10; i += 1) scrape('a 1\n');
    expect(samplesOf(scrape('a 1\n')[0]!)).toEqual(['a 1']);
  });

  it('of nothing has nothing', () => {
    const [frame] = setup()('');
    expect(samplesOf(frame!)).toEqual([]);
  });
});

describe('samples with times of their own', () => {
  it('make a frame for each time, oldest first, before that of the scrape', () => {
    const frames = setup()(`a 1 ${NOW - 1}\nb 2 ${NOW - 5}\nc 3\nd 4 ${NOW - 1}\n`);
    expect(frames.map((frame) => [frame.at - NOW, ...samplesOf(frame)])).toEqual([
      [-5, 'b 2'],
      [-1, 'a 1', 'd 4'],
      [0, 'c 3'],
    ]);
  });

  it('are passed over while their time stays', () => {
    const scrape = setup();
    const first = scrape(`a 1 ${NOW - 9}\nb 2 ${NOW - 9}\n`);
    expect(scrape(`a 1 ${NOW - 9}\nb 2 ${NOW - 9}\n`)).toHaveLength(1);
    const third = scrape(`a 3 ${NOW - 8}\nb 4 ${NOW - 8}\n`);
    expect(third.map(samplesOf)).toEqual([['a 3', 'b 4'], []]);
    expect(first.map(samplesOf)[0]).toEqual(['a 1', 'b 2']);
  });

  it('keep their layout from one scrape to the next', () => {
    const scrape = setup();
    const layouts = [3, 2, 1].map((ago) => scrape(`a 1 ${NOW - ago}\nb 2 ${NOW - ago}\nc 3\n`)[0]!.layout);
    expect(new Set(layouts).size).toBe(1);
  });

  it('are left out more than ten minutes ahead', () => {
    const frames = setup()(`a 1 ${NOW + 600_000}\nb 2 ${NOW + 600_001}\n`);
    expect(frames.map(samplesOf)).toEqual([['a 1'], []]);
  });

  it('keep the last of two at the same time', () => {
    expect(samplesOf(setup()(`a 1 ${NOW}\na 2 ${NOW}\n`)[0]!)).toHaveLength(1);
  });
});
