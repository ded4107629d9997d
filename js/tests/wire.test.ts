// The frames come from the kernel's own code: tests/unit/widgets/test_wire.py writes them.
import { expect, test } from "vitest";
import { decode, type Frame, type Row, Table } from "../src/wire";
import told from "./frames.json";

interface Case {
  frame: Frame;
  after: Row[];
}

const cases = told as Case[];

test("frames, one after the other, give the kernel's tables", () => {
  const table = new Table();
  for (const { frame, after } of cases) {
    table.apply(frame);
    expect(table.order.map((key) => table.rows.get(key))).toEqual(after);
  }
});

test("a frame is read from its place in a larger buffer", () => {
  const text = new TextEncoder().encode(JSON.stringify(cases[0]?.frame));
  const larger = new Uint8Array(text.length + 10);
  larger.set(text, 7);
  expect(decode(new DataView(larger.buffer, 7, text.length))).toEqual(cases[0]?.frame);
});
