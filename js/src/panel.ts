// A table or card that the kernel keeps up to date; it only shows, and tells of clicks.

import { type Column, decode, type Frame, type Row, Table } from "./wire";

export interface Model {
  get(name: string): unknown;
  on(name: string, callback: (...given: never[]) => void): void;
  off(name: string, callback: (...given: never[]) => void): void;
  send(content: unknown): void;
}

interface Given {
  model: Model;
  el: HTMLElement;
}

const FLASH_MS = 350;
// Each message to the kernel turns its status to busy and back, which the whole page shows.
const ACK_MS = 1000;

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

export function render({ model, el }: Given): () => void {
  const columns = model.get("columns") as Column[];
  const look = model.get("look") as string;
  const title = model.get("title") as string;
  const table = new Table();
  const lines = new Map<string, HTMLTableRowElement>();
  const waiting: Frame[] = [];
  let drawing = 0;
  let drawn = 0;
  let acknowledging = 0;

  const root = element("div", `mas-panel mas-${look}`);
  const head = element("div", "mas-head");
  const name = element("span", "mas-title", title);
  const note = element("span", "mas-note");
  const sheet = element("table", "mas-sheet");
  const body = sheet.createTBody();
  const empty = element("div", "mas-empty", model.get("empty") as string);
  const said = element("div", "mas-said");
  head.append(name, note);
  if (look === "table") {
    const labels = sheet.createTHead().insertRow();
    for (const column of columns) {
      labels.append(element("th", column.align ?? "right", column.label));
    }
  }
  root.append(head, sheet, empty, said);
  el.append(root);

  function press(column: Column, key: string, button: HTMLButtonElement): void {
    button.disabled = true; // until the kernel has answered: one click is one order
    said.textContent = "";
    model.send({ kind: "press", button: column.button, key });
    setTimeout(() => (button.disabled = false), 3000);
  }

  function line(row: Row): HTMLTableRowElement {
    const made = document.createElement("tr");
    made.dataset["key"] = row.key;
    columns.forEach((column, index) => {
      const cell = element("td", "");
      if (column.button !== undefined) {
        const button = element("button", "mas-button", row.cells[index] ?? "");
        button.title = `${column.button} ${row.key}`;
        button.addEventListener("click", () => press(column, row.key, button));
        cell.append(button);
      }
      made.append(cell);
    });
    return made;
  }

  function write(made: HTMLTableRowElement, row: Row, flash: boolean): void {
    columns.forEach((column, index) => {
      const cell = made.cells[index];
      if (cell === undefined || column.button !== undefined) return;
      const text = row.cells[index] ?? "";
      const shade = row.tones[index] ?? "";
      cell.className = `${column.align ?? "right"} ${shade}`;
      if (cell.textContent === text) return;
      cell.textContent = text;
      if (flash && (shade === "up" || shade === "down")) {
        cell.classList.add("mas-flash");
        setTimeout(() => cell.classList.remove("mas-flash"), FLASH_MS);
      }
    });
  }

  function draw(): void {
    drawing = 0;
    for (const frame of waiting.splice(0)) {
      const changed = table.apply(frame);
      for (const key of changed) {
        const row = table.rows.get(key);
        if (row === undefined) continue;
        const known = lines.get(key);
        const made = known ?? line(row);
        lines.set(key, made);
        write(made, row, known !== undefined);
      }
      drawn = frame.seq;
    }
    for (const [key, made] of lines) {
      if (!table.rows.has(key)) {
        made.remove();
        lines.delete(key);
      }
    }
    table.order.forEach((key, index) => {
      const made = lines.get(key);
      if (made !== undefined && body.rows[index] !== made) {
        body.insertBefore(made, body.rows[index] ?? null);
      }
    });
    name.textContent = table.title ?? title;
    note.textContent = table.note;
    empty.style.display = table.order.length > 0 ? "none" : "";
    sheet.style.display = table.order.length > 0 ? "" : "none";
    if (acknowledging === 0) acknowledging = window.setTimeout(acknowledge, ACK_MS);
  }

  function acknowledge(): void {
    acknowledging = 0;
    model.send({ kind: "ack", seq: drawn });
  }

  function receive(content: { kind?: string; text?: string }, buffers: DataView[]): void {
    if (content.kind === "note") {
      said.textContent = content.text ?? "";
    } else if (content.kind === "frame" && buffers[0] !== undefined) {
      waiting.push(decode(buffers[0]));
      if (drawing === 0) drawing = requestAnimationFrame(draw);
    }
  }

  model.on("msg:custom", receive as never);
  model.send({ kind: "hello" });
  return () => {
    model.off("msg:custom", receive as never);
    if (drawing !== 0) cancelAnimationFrame(drawing);
    clearTimeout(acknowledging);
  };
}

export default { render };
