import { cut, type Paint, padded, type Style, visible, widthOf, wrapped } from "./text.ts";

export interface Screen {
  /** Columns that lines may take. */
  readonly columns: number;
  readonly paint: Paint;
}

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  /** No wider than this; what is longer is cut. */
  readonly most?: number;
  readonly style?: (row: Row) => Style | undefined;
}

const GAP = "  ";

/**
 * A table as wide as the screen at most: its last column takes what is left, over several lines where it must. What cells say is made
 * harmless.
 */
export const table = <Row>(rows: readonly Row[], columns: readonly Column<Row>[], screen: Screen): string[] => {
  const { title, lines } = tableParts(rows, columns, screen);
  return [...title, ...lines.flat()];
};

/** The same, with the lines of each row by themselves. */
export const tableParts = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  screen: Screen,
): { title: string[]; lines: string[][] } => {
  const cells = rows.map((row) => columns.map(({ of }) => visible(of(row))));
  const widths = columns.slice(0, -1).map(({ title, most = screen.columns }, nth) => {
    const widest = Math.max(widthOf(title), ...cells.map((cell) => widthOf(cell[nth] ?? "")));
    return Math.min(widest, most);
  });
  const indent = widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const last = Math.max(screen.columns - indent, LEAST);

  const lay = (texts: readonly string[], styleOf: (nth: number) => Style | undefined): string[] => {
    const styled = (text: string, nth: number): string => {
      const style = styleOf(nth);
      return style === undefined || text === "" ? text : screen.paint(style, text);
    };
    const first = widths.map((width, nth) => {
      const text = cut(texts[nth] ?? "", width);
      return styled(text, nth) + " ".repeat(width - widthOf(text)) + GAP;
    });
    return wrapped(texts.at(-1) ?? "", last).map((tail, nth) =>
      `${nth === 0 ? first.join("") : " ".repeat(indent)}${styled(tail, columns.length - 1)}`.trimEnd(),
    );
  };

  return {
    title: lay(
      columns.map(({ title }) => title),
      () => "dim",
    ),
    lines: rows.map((row, nth) => lay(cells[nth] ?? [], (column) => columns[column]?.style?.(row))),
  };
};

const LEAST = 20;

/** A label and its text, wrapped beside it. The text is made harmless. */
export const labelled = (
  label: string,
  text: string,
  indent: number,
  width: number,
  { columns, paint }: Screen,
): string[] => {
  const left = " ".repeat(indent);
  const tail = wrapped(visible(text), Math.max(columns - indent - width, LEAST));
  return tail.map((line, nth) =>
    nth === 0 ? `${left}${paint("dim", padded(label, width))}${line}` : `${left}${" ".repeat(width)}${line}`,
  );
};
