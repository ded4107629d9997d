import { describe, expect, it } from "vitest";
import { along, barOf, coloursOf, firstAt } from "../src/tradechart.ts";

describe("finding bars", () => {
  const times = [10, 20, 30, 40];
  it("finds the first at or after a time", () => {
    expect([5, 10, 11, 40, 41].map((time) => firstAt(times, time))).toEqual([0, 0, 1, 3, 4]);
  });
  it("finds the bar that holds a time, and the first for times before all", () => {
    expect([5, 10, 19, 20, 39, 99].map((time) => barOf(times, time))).toEqual([0, 0, 0, 1, 2, 3]);
  });
});

describe("a curve along bars", () => {
  it("keeps the last value of each bar and never goes back", () => {
    const times = [1, 1, 2, 4, 3].map((time) => time as never);
    expect(along(times, [5, 6, 7, 8, 9])).toEqual([
      { time: 1, value: 6 },
      { time: 2, value: 7 },
      { time: 4, value: 9 },
    ]);
  });
});

describe("colours", () => {
  it("come from the page, grey where it has none", () => {
    const style = { getPropertyValue: (name: string) => (name === "--up" ? " #0a0 " : "") };
    expect(coloursOf(style as unknown as CSSStyleDeclaration)).toMatchObject({ up: "#0a0", ink: "#888" });
  });
});
