// What comes from the kernel: full tables and changes of them. Twin of masjupyter/wire.py.

export const WIRE_VERSION = 1;

export interface Row {
  key: string;
  cells: string[];
  tones: string[];
}

export interface Frame {
  version: number;
  seq: number;
  kind: "all" | "some";
  rows: Row[];
  gone?: string[];
  order?: string[];
  title?: string;
  note?: string;
}

export interface Column {
  label: string;
  align?: "left";
  button?: string;
}

/** Read the one buffer of a message. */
export function decode(buffer: DataView): Frame {
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return JSON.parse(new TextDecoder().decode(bytes)) as Frame;
}

/** The table as the kernel has it, by key and in order. */
export class Table {
  rows = new Map<string, Row>();
  order: string[] = [];
  title: string | undefined;
  note = "";

  /** Apply a frame and return the keys of the rows that look different now. */
  apply(frame: Frame): Set<string> {
    const changed = new Set(frame.rows.map((row) => row.key));
    if (frame.kind === "all") {
      this.rows = new Map(frame.rows.map((row) => [row.key, row]));
      this.order = frame.rows.map((row) => row.key);
    } else {
      for (const key of frame.gone ?? []) this.rows.delete(key);
      for (const row of frame.rows) this.rows.set(row.key, row);
      this.order = frame.order ?? this.order.filter((key) => this.rows.has(key));
    }
    if (frame.title !== undefined) this.title = frame.title;
    if (frame.note !== undefined) this.note = frame.note;
    return changed;
  }
}
