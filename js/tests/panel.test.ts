// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { render } from "../src/panel";
import type { Frame } from "../src/wire";

type Receive = (content: unknown, buffers: DataView[]) => void;

class FakeModel {
  sent: unknown[] = [];
  receive: Receive | undefined;
  traits: Record<string, unknown> = {
    columns: [{ label: "symbol", align: "left" }, { label: "bid" }, { label: "", button: "close" }],
    look: "table",
    title: "Positions",
    empty: "no open positions",
  };
  get(name: string): unknown {
    return this.traits[name];
  }
  on(_: string, callback: Receive): void {
    this.receive = callback;
  }
  off(_: string, callback: Receive): void {
    if (this.receive === callback) this.receive = undefined;
  }
  send(content: unknown): void {
    this.sent.push(content);
  }
  frame(frame: Partial<Frame>): void {
    const text = JSON.stringify({ version: 1, kind: "some", rows: [], ...frame });
    const bytes = new TextEncoder().encode(text);
    this.receive?.({ kind: "frame" }, [new DataView(bytes.buffer)]);
  }
}

const row = (key: string, bid: string, tone = "") => ({
  key,
  cells: [key, bid, "close"],
  tones: ["name", tone, ""],
});
const drawn = () => vi.advanceTimersByTime(20);
let model: FakeModel;
let el: HTMLElement;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  model = new FakeModel();
  el = document.createElement("div");
  stop = render({ model: model as never, el });
});

const texts = () => [...el.querySelectorAll("tbody tr")].map((line) => line.textContent);

test("it says hello, and shows what there is to say while it is empty", () => {
  expect(model.sent).toEqual([{ kind: "hello" }]);
  expect(el.querySelector(".mas-empty")?.textContent).toBe("no open positions");
});

test("rows come, change, move and go; once a second the newest is acknowledged", () => {
  model.frame({ seq: 1, kind: "all", rows: [row("EURUSD", "1.1"), row("GBPUSD", "1.2")] });
  drawn();
  expect(texts()).toEqual(["EURUSD1.1close", "GBPUSD1.2close"]);
  model.frame({ seq: 2, rows: [row("EURUSD", "1.3", "up")] });
  model.frame({ seq: 3, rows: [row("USDJPY", "9")], order: ["USDJPY", "GBPUSD", "EURUSD"] });
  drawn();
  expect(texts()).toEqual(["USDJPY9close", "GBPUSD1.2close", "EURUSD1.3close"]);
  model.frame({ seq: 4, gone: ["USDJPY", "GBPUSD"], note: "floating -1.00" });
  drawn();
  expect(texts()).toEqual(["EURUSD1.3close"]);
  expect(el.querySelector(".mas-note")?.textContent).toBe("floating -1.00");
  expect(model.sent.slice(1)).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(model.sent.slice(1)).toEqual([{ kind: "ack", seq: 4 }]);
});

test("one click is one message, and the button rests", () => {
  model.frame({ seq: 1, kind: "all", rows: [row("1000001", "1.1")] });
  drawn();
  const button = el.querySelector("button") as HTMLButtonElement;
  button.click();
  button.click();
  const pressed = model.sent.filter((one) => (one as { kind: string }).kind === "press");
  expect(pressed).toEqual([{ kind: "press", button: "close", key: "1000001" }]);
  expect(button.disabled).toBe(true);
  model.receive?.({ kind: "note", text: "Market closed (10018)" }, []);
  expect(el.querySelector(".mas-said")?.textContent).toBe("Market closed (10018)");
});

test("text is text: nothing from the kernel becomes markup", () => {
  model.frame({ seq: 1, kind: "all", rows: [row("<img src=x onerror=alert(1)>", "1")] });
  drawn();
  expect(el.querySelector("img")).toBeNull();
});

test("a view that goes leaves no listener", () => {
  stop();
  expect(model.receive).toBeUndefined();
});
