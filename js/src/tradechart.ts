// The trade chart of a report: prices with trades, equity and drawdown, and a list of the trades.
// It runs in a page of its own, without a kernel and without a network.
import {
  AreaSeries,
  CandlestickSeries,
  ColorType,
  LineSeries,
  createChart,
  type IChartApi,
  type IPrimitivePaneRenderer,
  type IPrimitivePaneView,
  type ISeriesApi,
  type ISeriesPrimitive,
  type SeriesAttachedParameter,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";

export interface Trade {
  symbol: string;
  side: "buy" | "sell";
  volume: number;
  from: number;
  to: number;
  entry: number;
  exit: number;
  net: number;
  reason: string;
  sl: number;
  tp: number;
}

export interface Bars {
  digits: number;
  time: number[];
  open: number[];
  high: number[];
  low: number[];
  close: number[];
}

export interface ChartData {
  bars: Record<string, Bars>;
  trades: Trade[];
  equity: { time: number[]; value: number[]; drawdown: number[]; pnl: number[] };
  currency: string;
}

type Colours = Record<"ink" | "soft" | "rule" | "paper" | "up" | "down" | "line", string>;

export function coloursOf(style: CSSStyleDeclaration): Colours {
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#888";
  return {
    ink: read("ink"),
    soft: read("soft"),
    rule: read("rule"),
    paper: read("paper"),
    up: read("up"),
    down: read("down"),
    line: read("line"),
  };
}

/** The first index whose time is not before a time. */
export function firstAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bar that a time lies in: the last one that opens at or before it. */
export function barOf(times: readonly number[], time: number): number {
  return Math.max(firstAt(times, time + 1) - 1, 0);
}

/** Draws each trade: a line from entry to exit, its marks, and its stops. */
class TradeMarks implements ISeriesPrimitive<Time> {
  private chart: IChartApi | undefined;
  private series: ISeriesApi<"Candlestick"> | undefined;
  constructor(
    private readonly times: readonly number[],
    private readonly trades: readonly Trade[],
    private readonly colours: () => Colours,
  ) {}

  attached(to: SeriesAttachedParameter<Time>): void {
    this.chart = to.chart as IChartApi;
    this.series = to.series as ISeriesApi<"Candlestick">;
  }

  detached(): void {
    this.chart = undefined;
    this.series = undefined;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    const renderer: IPrimitivePaneRenderer = {
      draw: (target) => {
        target.useMediaCoordinateSpace(({ context }) => this.draw(context));
      },
    };
    return [{ renderer: () => renderer, zOrder: () => "top" }];
  }

  private draw(context: CanvasRenderingContext2D): void {
    const { chart, series } = this;
    const range = chart?.timeScale().getVisibleLogicalRange();
    if (!chart || !series || !range) return;
    const colours = this.colours();
    for (const trade of this.trades) {
      const first = barOf(this.times, trade.from);
      const last = barOf(this.times, trade.to);
      if (last < range.from - 1 || first > range.to + 1) continue;
      const x1 = chart.timeScale().logicalToCoordinate(first as never);
      const x2 = chart.timeScale().logicalToCoordinate(last as never);
      const y1 = series.priceToCoordinate(trade.entry);
      const y2 = series.priceToCoordinate(trade.exit);
      if (x1 === null || x2 === null || y1 === null || y2 === null) continue;
      const result = trade.net >= 0 ? colours.up : colours.down;
      this.line(context, x1, y1, x2, y2, result, []);
      for (const [price, colour] of [
        [trade.sl, colours.down],
        [trade.tp, colours.up],
      ] as const) {
        const y = price ? series.priceToCoordinate(price) : null;
        if (y !== null) this.line(context, x1, y, Math.max(x2, x1 + 4), y, colour, [2, 3]);
      }
      mark(context, x1, y1, trade.side === "buy" ? 1 : -1, colours.line);
      mark(context, x2, y2, trade.side === "buy" ? -1 : 1, result);
    }
  }

  private line(
    context: CanvasRenderingContext2D,
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    colour: string,
    dash: number[],
  ): void {
    context.save();
    context.strokeStyle = colour;
    context.setLineDash(dash);
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.restore();
  }
}

/** A small arrow whose tip is the price dealt at: up for a buy, down for a sell. */
function mark(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  up: 1 | -1,
  colour: string,
): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 5, y + up * 9);
  context.lineTo(x + 5, y + up * 9);
  context.closePath();
  context.fill();
}

const number = (value: number, digits: number) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const moment = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

/** Show the data below an element; returns what takes it away again. */
export function show(root: HTMLElement, data: ChartData): () => void {
  let colours = coloursOf(getComputedStyle(document.documentElement));
  const names = Object.keys(data.bars);
  let current = names[0] ?? "";
  const tabs = root.appendChild(document.createElement("div"));
  tabs.className = "tabs";
  const place = root.appendChild(document.createElement("div"));
  place.className = "chart";
  const list = root.appendChild(document.createElement("div"));
  list.className = "wide trades";

  const chart = createChart(place, { autoSize: true, ...look(colours) });
  const candles = chart.addSeries(CandlestickSeries, {}, 0);
  const equity = chart.addSeries(LineSeries, { lineWidth: 2, title: "equity" }, 1);
  const pnl = chart.addSeries(LineSeries, { lineWidth: 1, title: "closed P/L", priceScaleId: "left" }, 1);
  const drawdown = chart.addSeries(AreaSeries, { lineWidth: 1, title: "drawdown" }, 2);
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  drawdown.applyOptions({ priceFormat: { type: "custom", formatter: percent, minMove: 0.0001 } });
  const paint = () => {
    chart.applyOptions(look(colours));
    candles.applyOptions({
      upColor: colours.up, downColor: colours.down, borderVisible: false,
      wickUpColor: colours.up, wickDownColor: colours.down,
    });
    equity.applyOptions({ color: colours.line });
    pnl.applyOptions({ color: colours.soft });
    drawdown.applyOptions({
      lineColor: colours.down, topColor: "transparent", bottomColor: `${colours.down}44`,
    });
  };
  paint();
  chart.panes()[0]?.setStretchFactor(5);
  chart.panes()[1]?.setStretchFactor(2);
  chart.panes()[2]?.setStretchFactor(1.2);

  let marks: TradeMarks | undefined;
  const shown = () => data.trades.filter((trade) => trade.symbol === current);
  const choose = (name: string) => {
    current = name;
    const bars = data.bars[name];
    if (!bars) return;
    candles.applyOptions({
      priceFormat: { type: "price", precision: bars.digits, minMove: 10 ** -bars.digits },
    });
    candles.setData(
      bars.time.map((time, at) => ({
        time: time as UTCTimestamp,
        open: bars.open[at] as number,
        high: bars.high[at] as number,
        low: bars.low[at] as number,
        close: bars.close[at] as number,
      })),
    );
    const own = data.equity.time.map((time) => bars.time[barOf(bars.time, time)] as UTCTimestamp);
    equity.setData(along(own, data.equity.value));
    pnl.setData(along(own, data.equity.pnl));
    drawdown.setData(along(own, data.equity.drawdown));
    if (marks) candles.detachPrimitive(marks);
    marks = new TradeMarks(bars.time, shown(), () => colours);
    candles.attachPrimitive(marks);
    chart.timeScale().fitContent();
    for (const tab of tabs.children) tab.classList.toggle("chosen", tab.textContent === name);
    fill();
  };
  const goTo = (trade: Trade) => {
    const times = data.bars[trade.symbol]?.time ?? [];
    const first = barOf(times, trade.from);
    const last = barOf(times, trade.to);
    const room = Math.max(20, (last - first) * 0.6);
    chart.timeScale().setVisibleLogicalRange({ from: first - room, to: last + room });
    place.scrollIntoView({ block: "nearest" });
  };
  const fill = () => list.replaceChildren(tradeTable(shown(), data, goTo));
  for (const name of names) {
    const tab = tabs.appendChild(document.createElement("button"));
    tab.textContent = name;
    tab.onclick = () => choose(name);
  }
  tabs.hidden = names.length < 2;
  choose(current);

  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const repaint = () => {
    colours = coloursOf(getComputedStyle(document.documentElement));
    paint();
  };
  scheme.addEventListener("change", repaint);
  return () => {
    scheme.removeEventListener("change", repaint);
    chart.remove();
    root.replaceChildren();
  };
}

function look(colours: Colours) {
  return {
    layout: {
      background: { type: ColorType.Solid, color: colours.paper },
      textColor: colours.soft,
      panes: { separatorColor: colours.rule },
    },
    grid: { vertLines: { color: colours.rule }, horzLines: { color: colours.rule } },
    leftPriceScale: { visible: false },
    rightPriceScale: { borderColor: colours.rule },
    timeScale: { borderColor: colours.rule, timeVisible: true, secondsVisible: false },
  };
}

/** Values by bar: of several in one bar the last counts. */
export function along(
  times: readonly UTCTimestamp[],
  values: readonly number[],
): { time: UTCTimestamp; value: number }[] {
  const found: { time: UTCTimestamp; value: number }[] = [];
  times.forEach((time, at) => {
    const last = found[found.length - 1];
    const value = values[at] as number;
    if (last && last.time >= time) last.value = value;
    else found.push({ time, value });
  });
  return found;
}

function tradeTable(
  trades: readonly Trade[],
  data: ChartData,
  goTo: (trade: Trade) => void,
): HTMLTableElement {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of ["#", "Side", "Lots", "Entry", "Price", "Exit", "Price", "Why", `Net ${data.currency}`]) {
    head.appendChild(document.createElement("th")).textContent = name;
  }
  const body = table.createTBody();
  trades.forEach((trade, at) => {
    const digits = data.bars[trade.symbol]?.digits ?? 5;
    const row = body.insertRow();
    row.tabIndex = 0;
    const cells = [
      String(at + 1), trade.side, String(trade.volume), moment(trade.from), number(trade.entry, digits),
      moment(trade.to), number(trade.exit, digits), trade.reason, number(trade.net, 2),
    ];
    for (const text of cells) row.insertCell().textContent = text;
    row.lastElementChild?.classList.add(trade.net >= 0 ? "up" : "down-text");
    row.onclick = () => goTo(trade);
    row.onkeydown = (event) => {
      if (event.key === "Enter") goTo(trade);
    };
  });
  return table;
}

export function start(): void {
  const root = document.getElementById("trades");
  const data = document.getElementById("data");
  if (root && data?.textContent) show(root, JSON.parse(data.textContent) as ChartData);
}
